"""
The slash commands: one row each, with its options and the plain function that answers it.

    SlashCommand(name, description, answer, options)       `COMMANDS` is what Discord is told, and nothing else
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from attrs import evolve, frozen

from tastyflow_adapters.discord.answers import approving, incidents, linking, switching
from tastyflow_adapters.discord.answers.looking import account, completing, gamma, market, orders, story
from tastyflow_adapters.discord.answers.looking.helping import help_of
from tastyflow_adapters.discord.answers.ordering import placing
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Answer, Choice
from tastyflow_adapters.discord.request import Request

Answers = Callable[[Chat, Request], Awaitable[Answer]]
Completes = Callable[[Chat, Request, str], Awaitable[Sequence[Choice]]]
"""Lines that may be meant by what is typed so far into an option."""


@frozen
class Option:
    """
    One option of a slash command; all are text.

    Attributes:
        choices: The only values there are; empty for any text.
        completes: Offers values while it is typed.
    """

    name: str
    description: str
    is_required: bool = False
    choices: tuple[str, ...] = ()
    completes: Completes | None = None
    longest: int = 500


@frozen
class SlashCommand:
    """
    One command, ``/name``.

    Attributes:
        is_for_strangers: Whether the gate lets people use it who are no trader yet.
        is_for_posts: Whether it is answered in the channels of approvers and operators, too.
    """

    name: str
    description: str
    answer: Answers
    options: tuple[Option, ...] = ()
    is_for_strangers: bool = False
    is_for_posts: bool = False


_ORDER: Final = Option("order", "Its reference, or last", completes=completing.newest_orders, longest=40)
_PAGE: Final = Option("page", "Which page; the first one without it", longest=5)
_ACCOUNT: Final = Option("account", "Its name, where you have several", completes=completing.accounts, longest=16)
_SYMBOL: Final = Option("symbol", "SPY, SPX, BRK.B", is_required=True, completes=completing.symbols, longest=12)
_EXPIRATION: Final = Option(
    "expiration", "A listed day, or as in an order: Dec 18, 45dte", completes=completing.expirations, longest=40
)
_WAITING: Final = Option(
    "order", "Which one: its reference", is_required=True, completes=completing.waiting_orders, longest=40
)

_TEXT: Final = Option("text", "buy 10 SPY 450 calls Dec 18", is_required=True)
_OPEN: Final = Option(
    "order", "Its reference, last or all", is_required=True, completes=completing.open_orders, longest=60
)

COMMANDS: Final[tuple[SlashCommand, ...]] = (
    SlashCommand(
        "order",
        "Order in words: you see its card, and nothing is sent before your yes",
        placing.order,
        (_TEXT, _ACCOUNT),
    ),
    SlashCommand("preview", "What an order would come to; nothing is sent", placing.preview, (_TEXT, _ACCOUNT)),
    SlashCommand(
        "replace",
        "A working order with another price, stop or time in force",
        placing.replace,
        (_OPEN, Option("change", "@ 1.25, mid, stop 2 limit 2.10, gtc", is_required=True, longest=100)),
    ),
    SlashCommand("cancel", "Cancel one of your orders, the last one, or all", placing.cancel, (_OPEN,)),
    SlashCommand(
        "flatten",
        "Close what is held: you see all of it on one card, and nothing is sent before your yes",
        placing.flatten,
        (Option("what", "SPY, half SPY; everything without it", longest=40), _ACCOUNT),
    ),
    SlashCommand("orders", "Your newest orders, with how each went", orders.orders, (_PAGE,)),
    SlashCommand("status", "How one of your orders stands", orders.status, (evolve(_ORDER, is_required=True),)),
    SlashCommand("why", "The story of an order, from the words typed to its end", story.why, (_ORDER,)),
    SlashCommand("positions", "What the account holds, with its value", account.positions, (_ACCOUNT, _PAGE)),
    SlashCommand("balance", "Cash, net liquidating value and buying power", account.balance, (_ACCOUNT,)),
    SlashCommand("limits", "What you may do, and what is used of your limits", account.limits, (_ACCOUNT,)),
    SlashCommand(
        "quote",
        "Bid, mid and ask of shares, an index or an option",
        market.quote,
        (
            _SYMBOL,
            Option("strike", "Of an option", longest=12),
            Option("right", "Of an option", choices=("call", "put")),
            _EXPIRATION,
        ),
    ),
    SlashCommand("chain", "The strikes around the money, with their quotes", market.chain, (_SYMBOL, _EXPIRATION)),
    SlashCommand("expirations", "What is listed on a symbol", market.expirations, (_SYMBOL,)),
    SlashCommand(
        "gex",
        "Gamma exposure: a picture with walls and flip, and what it rests on",
        gamma.gex,
        (_SYMBOL, Option(gamma.DTE, "Days to expiration: 0, 0-45, all", longest=12)),
    ),
    SlashCommand("approvals", "What waits for an approval", approving.approvals, is_for_posts=True),
    SlashCommand(
        "approve",
        "See an order that waits, with the market now, and approve it",
        approving.look,
        (_WAITING,),
        is_for_posts=True,
    ),
    SlashCommand(
        "reject",
        "Refuse an order that waits for an approval",
        approving.reject,
        (_WAITING, Option("reason", "Why; its trader is told", longest=200)),
        is_for_posts=True,
    ),
    SlashCommand(
        "halt",
        "Stop trading: you see what it cancels, and nothing is done before your yes",
        switching.halt,
        (
            Option("what", "All orders without it", choices=(switching.ALL, switching.RISK)),
            Option(switching.REASON, "Why; it stands in every refusal", longest=200),
        ),
    ),
    SlashCommand(
        "resume",
        "Let orders leave again",
        switching.resume,
        (Option(switching.REASON, "Why trading can go on", is_required=True, longest=200),),
    ),
    SlashCommand(
        "incidents",
        "What an operator must look at, and what can be decided of it",
        incidents.incidents,
        (Option("incident", "One of them: its reference", completes=completing.open_incidents, longest=40),),
        is_for_posts=True,
    ),
    SlashCommand(
        "link",
        "Say which trader you are, by the code that the operator gave you",
        linking.link,
        (Option(linking.CODE, "The code, such as 7K3M-Q9TD-XW2R-H5PB", is_required=True, longest=40),),
        is_for_strangers=True,
    ),
    SlashCommand("help", "What you can ask for, and how an order is written", help_of(lambda: COMMANDS)),
)
"""Every command, in the order of the help."""
