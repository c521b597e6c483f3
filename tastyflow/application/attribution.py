"""
Who did it: the one builder of the actor and the cause that every event carries.

    trader:ann (3f2a…c1) via discord:1234             a trader, by id and name, and the identity they used
    trader:ann (3f2a…c1) via cli:ann as alice         on a command line, the operating system's user too
    stranger via discord:1234                         an identity that belongs to no trader
    operator:alice                                    the person at the machine who keeps traders
    desk · policy · reconciler · venue:sandbox · venue:production

A person with two platforms is one trader, and so one name and one id in every audit: `trader_id_in` reads the id back,
and `shortly` leaves it out where a person reads.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import quote
from uuid import UUID, uuid4

from attrs import frozen

from tastyflow.application.message import MAX_NAME, Message, bounded
from tastyflow.domain.events import Because
from tastyflow.domain.trader import Identity

COMMAND_LINE: Final = "cli"
"""The platform on which an identity is a user of the operating system."""

Owner = Callable[[str], UUID | None]
"""The trader who a user of the operating system is; None where that user is no trader."""

_CHAT_USER: Final = re.compile(rf" via (?!{COMMAND_LINE}:)([^ ]+)$")
_UNSAFE: Final = re.compile(r"[\s%\x00-\x1f\x7f]")
_TRADER: Final = re.compile(r"^trader:(.*) \(([0-9a-f-]{36})\)( via [^ ]+(?: as [^ ]+)?)$", re.DOTALL)


class Asker(Protocol):
    """Who asked for something: what `Asked` keeps of it, or a `Requester` made of a message."""

    @property
    def trader(self) -> UUID | None: ...

    @property
    def os_user(self) -> str: ...


@frozen
class Requester:
    """The trader who asks now, and the operating system's user; empty where it is no command line."""

    trader: UUID | None
    os_user: str = ""

    @classmethod
    def of(cls, message: Message, trader: UUID) -> "Requester":
        """Who asks by *message*, in the words that `Asked` keeps."""
        return cls(trader, bounded(message.os_user, MAX_NAME))


@frozen
class Author:
    """The trader who wrote a message: their id and their name."""

    id: UUID
    name: str


def because_of(message: Message, author: Author | None, at: datetime) -> Because:
    """Why something is done that *message* asks for; *author* is None for an identity that belongs to no trader."""
    who = f"trader:{author.name} ({author.id})" if author else "stranger"
    via = chat_user(message.platform, message.user)
    os_user = f" as {_word(message.os_user)}" if message.os_user else ""
    return Because(
        actor=f"{who} via {via}{os_user}",
        cause=f"{message.platform}:{message.message}",
        command_id=message.message,
        at=at,
    )


def because_of_operator(os_user: str, at: datetime) -> Because:
    """Why something is done that the person at the machine asks for."""
    command = uuid4().hex
    return Because(actor=f"operator:{os_user}", cause=f"cli:{command}", command_id=command, at=at)


def trader_id_in(actor: str) -> UUID | None:
    """The id of the trader whom *actor* names; None where it names none."""
    found = _TRADER.match(actor)
    return UUID(found.group(2)) if found else None


def is_same_person(actor: str, other: str, *, anyone_acts: bool, owner: Owner) -> bool:
    """Whether one person may be behind what two actors did, where it takes two; an operator counts by their user."""
    if chat_user_in(actor) == chat_user_in(other) != "":
        return True
    one, two = (Requester(trader_id_in(each), os_user_in(each)) for each in (actor, other))
    if one.trader is not None and two.trader is not None:
        return not are_two_persons(one, two, anyone_acts=anyone_acts, owner=owner)
    return actor == other or (not anyone_acts and _share_a_person(one, two, owner))


def os_user_in(actor: str) -> str:
    """The user of the operating system whom *actor* names; empty where it names none."""
    found = re.search(r"(?: as |^operator:)([^ ]+)$", actor)
    return found.group(1) if found else ""


def chat_user_in(actor: str) -> str:
    """The user of a chat whom *actor* names, as ``discord:1234``; empty where it names none."""
    found = _CHAT_USER.search(actor)
    return found.group(1) if found else ""


def chat_user(platform: str, user: str) -> str:
    """*user* of the chat *platform*, as an actor names them: they are one person, whichever trader they are by now."""
    return f"{_word(platform)}:{_word(user)}"


def are_two_persons(one: "Asker", other: "Asker", *, anyone_acts: bool, owner: Owner) -> bool:
    """
    Whether two requests come from two different persons: for what takes a second one.

    They are of different traders; and where one came from a command line, its user of the operating system is neither
    the other one's user nor the other one's trader. So one person does not agree with a request of their own by acting
    for another trader, in whichever order and on whichever platform.

    Args:
        anyone_acts: Whether anyone may act for any trader (`Context.anyone_acts`): the traders alone count there.
        owner: The trader who a user of the operating system is.
    """
    if one.trader is None or other.trader is None or one.trader == other.trader:
        return False
    return anyone_acts or not _share_a_person(one, other, owner)


def owner_by(read: Callable[[type[Identity], UUID], Identity | None]) -> Owner:
    """The trader who a user of the operating system is, as *read* finds them: in a ledger, or in an append."""

    def owner(os_user: str) -> UUID | None:
        identity = read(Identity, Identity.id_of(COMMAND_LINE, os_user))
        return identity.trader if identity else None

    return owner


def _share_a_person(one: "Asker", other: "Asker", owner: Owner) -> bool:
    """Whether one user typed both, or who typed one of them is the trader of the other."""
    if one.os_user == other.os_user != "":
        return True
    return not _traders_behind(one, owner).isdisjoint(_traders_behind(other, owner))


def _traders_behind(asker: "Asker", owner: Owner) -> set[UUID]:
    typed = owner(asker.os_user) if asker.os_user else None
    return {each for each in (asker.trader, typed) if each is not None}


def shortly(actor: str) -> str:
    """*actor* for a narrow line: a trader by name and identity, without their id."""
    found = _TRADER.match(actor)
    return f"{found.group(1)}{found.group(3)}" if found else actor


def _word(text: str) -> str:
    """*text* without white space or control characters, so that an actor can be read back: ``%20`` for a space."""
    return _UNSAFE.sub(lambda found: quote(found.group()), bounded(text, MAX_NAME))
