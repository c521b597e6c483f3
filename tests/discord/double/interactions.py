"""
What a person asked of the bot, and what became of it.

    asked ─▶ acknowledged, once, within 3 s ─┬─ 4 message · 7 update · 8 choices · 9 form
                                             └─ 5 thinking · 6 deferred ─▶ follow-ups, for 15 minutes

Each answer names the message it made or changed; a private one is seen by the person who asked alone.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import define, field

from tests.discord.double import payloads
from tests.discord.double.bits import EPHEMERAL, LOADING
from tests.discord.double.errors import (
    ALREADY_ACKNOWLEDGED,
    TOKEN_EXPIRED,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    ApiError,
    malformed,
    missing,
)
from tests.discord.double.limits import check_choices, check_form, check_message
from tests.discord.double.payloads import AUTOCOMPLETE, COMPONENT, MODAL
from tests.discord.double.posting import Posting
from tests.discord.double.world import Channel, Message, User

JSON = dict[str, Any]
WITHIN_S: Final = 3.0
TOKEN_S: Final = 15 * 60.0
MESSAGE, THINKING, DEFERRED, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9


@define(eq=False)
class Form:
    """A form that is shown to a person."""

    data: JSON
    asked: "Interaction"

    @property
    def title(self) -> str:
        return str(self.data["title"])

    @property
    def inputs(self) -> dict[str, JSON]:
        """Its fields, by their ids; the words beside a field are its ``label``."""
        found = {}
        for each in self.data["components"]:
            inner = each.get("component") or (each.get("components") or [{}])[0]
            found[inner["custom_id"]] = inner | {"label": each.get("label") or inner.get("label")}
        return found

    @property
    def values(self) -> dict[str, str]:
        """What stands in it already."""
        return {name: str(one.get("value") or "") for name, one in self.inputs.items()}


@define(eq=False)
class Interaction:
    """
    One of them.

    Attributes:
        about: The message whose button or menu was used; *cause*: what showed the form that was filled in.
        sent_s: When it was sent, by the clock that deadlines are held against; None while it is not sent yet.
        answers: The types of the acknowledgements that were taken: never more than one.
        original: The message that answers it, or that it is about.
        follow_ups: What came after, in order.
        choices: What an autocompletion offers.
    """

    id: str
    token: str
    kind: int
    person: User
    place: Channel
    payload: JSON = field(factory=dict, repr=False)
    about: Message | None = None
    cause: "Interaction | None" = None
    sent_s: float = 0.0
    answers: list[int] = field(factory=list)
    original: Message | None = None
    follow_ups: list[Message] = field(factory=list)
    choices: list[JSON] = field(factory=list)
    form: Form | None = None

    @property
    def is_acknowledged(self) -> bool:
        return bool(self.answers)

    @property
    def answer(self) -> Message | None:
        """What the person sees in answer: the last of it, once it is more than "thinking"."""
        made = [each for each in (self.original, *self.follow_ups) if each and not each.is_loading]
        return made[-1] if made and self.is_acknowledged else None

    def metadata(self) -> JSON:
        said: JSON = {
            "id": self.id,
            "type": self.kind,
            "user": payloads.user(self.person),
            "authorizing_integration_owners": {"0": self.place.guild.id if self.place.guild else "0"},
        }
        if self.cause is not None:
            said["triggering_interaction_metadata"] = self.cause.metadata()
        elif self.about is not None:
            said["interacted_message_id"] = self.about.id
        return said


class Interactions:
    """All that were asked, and the two doors for what the bot answers: the callback, and the webhook of the token."""

    def __init__(self, posting: Posting, now_s: Callable[[], float]) -> None:
        self._posting = posting
        self._now_s = now_s
        self.asked: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def by_token(self, token: str) -> Interaction | None:
        return self._by_token.get(token)

    def note(self, one: Interaction) -> None:
        """*one* is asked now."""
        one.sent_s = self._now_s()
        self.asked[one.id] = self._by_token[one.token] = one

    # --- the callback ---

    def callback(self, asked: str, token: str, body: JSON, files: Sequence[Any]) -> JSON:
        """
        Acknowledge.

        Raises:
            ApiError: 10062 too late or unknown, 40060 a second time, 50035 not that way.
        """
        one = self.asked.get(asked)
        if one is None or one.token != token or self._now_s() - one.sent_s > WITHIN_S:
            raise missing(UNKNOWN_INTERACTION)
        if one.is_acknowledged:
            raise ApiError(400, ALREADY_ACKNOWLEDGED)
        kind, data = body.get("type"), body.get("data") or {}
        if kind not in _possible(one):
            raise malformed(type=f'Value of field "type" must be one of {_possible(one)}.')
        if kind == MESSAGE:
            one.original = self._post(one, data, files)
        elif kind == THINKING:
            flags = (data.get("flags") or 0) & EPHEMERAL | LOADING
            one.original = self._posting.make(
                one.place, self._posting.bot, flags=flags, is_loading=True, asked=one, only_for=_reader(one, flags)
            )
            self._posting.announce(one.original)
        elif kind == UPDATE:
            check_message(changed_by(one.about, data), files=len(files))
            self._posting.change(one.about, data, files)
        elif kind == CHOICES:
            one.choices = data.get("choices") or []
            check_choices(one.choices)
        elif kind == FORM:
            check_form(data)
            one.form = Form(data, one)
        if kind in (DEFERRED, UPDATE):
            one.original = one.about
        one.answers.append(kind)
        return _callback_answer(one, kind)

    # --- follow-ups ---

    def _alive(self, token: str) -> Interaction:
        one = self.by_token(token)
        if one is None or not one.is_acknowledged:
            raise missing(UNKNOWN_WEBHOOK)
        if self._now_s() - one.sent_s > TOKEN_S:
            raise ApiError(401, TOKEN_EXPIRED)
        return one

    def follow_up(self, token: str, body: JSON, files: Sequence[Any]) -> Message:
        """A further message; the first after "thinking" takes its place. It is not deduplicated."""
        one = self._alive(token)
        if one.original is not None and one.original.is_loading:
            check_message(body, files=len(files))
            self._posting.change(one.original, body, files)
            return one.original
        made = self._post(one, body, files)
        one.follow_ups.append(made)
        return made

    def find(self, token: str, message_id: str) -> Message:
        """The message *message_id* of this token; ``@original`` is what answered it."""
        one = self._alive(token)
        known = [each for each in (one.original, *one.follow_ups) if each is not None]
        wanted = one.original if message_id == "@original" else next((m for m in known if m.id == message_id), None)
        if wanted is None or wanted.is_deleted:
            raise missing(UNKNOWN_MESSAGE)
        return wanted

    def change(self, token: str, message_id: str, body: JSON, files: Sequence[Any]) -> Message:
        found = self.find(token, message_id)
        check_message(changed_by(found, body), files=len(files))
        self._posting.change(found, body, files)
        return found

    def delete(self, token: str, message_id: str) -> None:
        self._posting.delete(self.find(token, message_id))

    def _post(self, one: Interaction, body: JSON, files: Sequence[Any]) -> Message:
        check_message(body, files=len(files))
        flags = body.get("flags") or 0
        made = self._posting.make(one.place, self._posting.bot, flags=flags, asked=one, only_for=_reader(one, flags))
        self._posting.fill(made, body, files)
        self._posting.announce(made)
        return made


def _possible(one: Interaction) -> tuple[int, ...]:
    if one.kind == AUTOCOMPLETE:
        return (CHOICES,)
    if one.kind == COMPONENT:
        return (MESSAGE, THINKING, DEFERRED, UPDATE, FORM)
    if one.kind == MODAL:
        return (MESSAGE, THINKING, DEFERRED, UPDATE) if one.about else (MESSAGE, THINKING)
    return (MESSAGE, THINKING, FORM)


def _reader(one: Interaction, flags: int) -> User | None:
    return one.person if flags & EPHEMERAL else None


def changed_by(message: Message | None, body: JSON) -> JSON:
    """What *message* would hold with *body*; what is not named stays."""
    assert message is not None
    kept = {"content": message.content, "embeds": message.embeds, "components": message.components}
    kept["flags"] = message.flags | (body.get("flags") or 0)
    return kept | {name: value for name, value in body.items() if name in ("content", "embeds", "components")}


def _callback_answer(one: Interaction, kind: int) -> JSON:
    about: JSON = {"id": one.id, "type": one.kind}
    resource: JSON = {"type": kind}
    if one.original is not None:
        about["response_message_id"] = one.original.id
        about["response_message_loading"] = one.original.is_loading
        about["response_message_ephemeral"] = one.original.only_for is not None
        if kind in (MESSAGE, UPDATE, THINKING):
            resource["message"] = payloads.message(one.original)
    return {"interaction": about, "resource": resource}
