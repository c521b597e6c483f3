"""
A preview that was asked for: who asked, and what they were shown. Nothing is reserved for it, and nothing is sent.

Each is a stream of one event, under an id that is derived from the message: a message twice is one preview.
"""

from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id, topic
from tastyflow.domain.order import Asked


@frozen
class PreviewRequest:
    """
    What was asked, and what was shown.

    Attributes:
        words, digest: Of the order that was shown; empty where the text became none.
        code: Why such an order would be refused; empty where it would go on.
    """

    id: UUID
    version: int
    asked: Asked
    words: str = ""
    digest: str = ""
    code: str = ""

    @staticmethod
    def id_of(platform: str, message: str) -> UUID:
        return derived_id("preview", platform, message)

    @staticmethod
    def ask(
        asked: Asked,
        *,
        words: str,
        digest: str,
        code: str,
        environment: str,
        account: str,
        is_simulated: bool,
        why: Because,
    ) -> "PreviewAsked":
        """Record what was asked and shown."""
        return PreviewAsked(
            **born(PreviewRequest.id_of(asked.platform, asked.message), why),
            asked=asked,
            words=words,
            digest=digest,
            code=code,
            environment=environment,
            account=account,
            is_simulated=is_simulated,
        )

    @classmethod
    def born_of(cls, event: Event) -> "PreviewRequest":
        """The preview that its one event makes."""
        if isinstance(event, PreviewAsked):
            return event.begin()
        raise TypeError(f"{type(event).__name__} begins no preview")

    def evolved(self, event: Event) -> "PreviewRequest":
        """A preview has one event only; no event follows it."""
        raise TypeError(f"{type(event).__name__} follows no preview")


@topic("tastyflow.preview.asked@1")
@frozen(kw_only=True, repr=False)
class PreviewAsked(Event):
    """
    A trader asked what an order would come to.

    Attributes:
        words, digest: Of the order that was shown; empty where the text became none.
        code: Why such an order would be refused; empty where it would go on.
        environment, account: Where such an order would go; *is_simulated* where the venues are simulators.
    """

    asked: Asked
    words: str = ""
    digest: str = ""
    code: str = ""
    environment: str = ""
    account: str = ""
    is_simulated: bool = False

    def begin(self) -> PreviewRequest:
        """The preview that this event makes."""
        return PreviewRequest(
            self.originator_id, self.originator_version, self.asked, self.words, self.digest, self.code
        )
