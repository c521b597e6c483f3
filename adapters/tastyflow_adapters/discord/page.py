"""
What is shown to a person in a chat, as values: plain text, and buttons that name what they do.

    ChatPage ─┬─ title, lines, rows, table, footer     texts are plain: rendering escapes and bounds them
              ├─ buttons, menu                         an `Act`, and what it is about
              ├─ files                                 what is too long to read in a message
              ├─ picture                               what is seen faster than it is read
              └─ is_private                            only the person who asked may see it

A page knows nothing of Discord: every answer is tested as a page.
"""

from enum import StrEnum

from attrs import frozen


class Tone(StrEnum):
    """What a page looks like at a glance; the colour of its edge."""

    PLAIN = "plain"
    ASKING = "asking"  # it waits for an answer
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Act(StrEnum):
    """
    What a button, a menu or a form does once it is used. The value stands in Discord's messages: it never changes.

    What it is about is the reference of an order or an incident, or the id of an offer in the bot's memory: never the
    content of an order, and never who may use it.
    """

    CONFIRM = "c"  # an order that waits for its trader's yes, with what was shown
    CHANGE = "e"  # a form with the text filled in
    DISMISS = "x"  # withdraw what waits, or put the page away
    SUGGESTION = "s"  # place a *text* that was offered
    SHOW_CARD = "v"  # show the card of an order to its trader alone
    CANCEL = "k"
    REPLACE = "r"  # a form: price, type, time in force
    WHY = "w"  # the story of an order
    STATUS = "t"
    APPROVE = "a"  # an order that waits, as its approver sees it now
    APPROVE_SEEN = "ay"  # approve it, with that market
    REJECT = "j"  # a form: the reason
    TURN = "p"  # another part of a long page
    DO = "d"  # do what was planned and shown: close positions, halt
    INCIDENT = "i"  # an incident as it stands, and what can be decided of it
    ACKNOWLEDGE = "ia"
    CLOSE = "ic"  # a form: what was done
    RESUBMIT = "ir"  # a form: the reason; as of the two below
    ABANDON = "ib"
    ADOPT = "io"  # a form: the order's number at the venue


class Emphasis(StrEnum):
    """How a button looks."""

    MAIN = "main"
    NORMAL = "normal"
    GOOD = "good"
    DANGER = "danger"


@frozen
class Button:
    """
    Attributes:
        about: What the act is about; at most 80 characters of ASCII without a colon.
    """

    label: str
    act: Act
    about: str = ""
    emphasis: Emphasis = Emphasis.NORMAL
    is_enabled: bool = True


@frozen
class Choice:
    """One line of a menu: *value* is handed in where it is chosen."""

    label: str
    value: str
    description: str = ""


@frozen
class Menu:
    """A list from which one line is chosen."""

    placeholder: str
    act: Act
    about: str
    choices: tuple[Choice, ...]


@frozen
class Row:
    """A name and its lines, as of a card (`tastyflow.application.card.wording`)."""

    name: str
    lines: tuple[str, ...]
    is_strong: bool = False


@frozen
class TextFile:
    """What comes as a file: *name* without a folder, *text* as UTF-8."""

    name: str
    text: str


@frozen
class Picture:
    """
    What comes as a picture.

    Attributes:
        name: Of its file, without a folder.
        content: As PNG.
        words: The same for people who do not see it.
    """

    name: str
    content: bytes
    words: str


@frozen(kw_only=True)
class ChatPage:
    """
    What a person sees in answer, or of an order.

    Attributes:
        place: The environment in words, and the account of several: it stands above everything.
        lines: Paragraphs.
        table: Text in columns of one width; too wide or long for a message, it comes as a file.
        footer: One line below, in small letters: what can be done next, until when.
        is_private: Whether it is for the eyes of the person who asked alone.
        is_final: Whether it takes the place of the page whose button was pressed.
    """

    title: str = ""
    place: str = ""
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    table: str = ""
    footer: str = ""
    tone: Tone = Tone.PLAIN
    buttons: tuple[Button, ...] = ()
    menu: Menu | None = None
    files: tuple[TextFile, ...] = ()
    picture: Picture | None = None
    is_private: bool = True
    is_final: bool = False


@frozen
class FormField:
    """One line to fill in: *value* stands there already."""

    name: str
    label: str
    value: str = ""
    placeholder: str = ""
    is_required: bool = True
    longest: int = 500


@frozen
class Form:
    """A form that is shown at once after a press; what is filled in comes back as a request with the same act."""

    title: str
    act: Act
    about: str
    fields: tuple[FormField, ...]


Answer = ChatPage | Form | None
"""What a request is answered with; None is silence: ordinary chat."""
