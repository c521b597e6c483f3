"""
What people see of orders, of a halt and of balances: panels and tables.

All text goes through `say`: nothing of it is markup, and nothing reaches the terminal that it would obey.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tastyflow.application.environment_words import place_of
from tastyflow.application.telling.risk_words import risk_words
from tastyflow.application.telling.wording import (
    cancelled_words,
    filled_words,
    outside_words,
    rehearsal_words,
    went_words,
)
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.new_york_time import short_moment
from tastyflow.domain.order import Order
from tastyflow.domain.order.cancel_causes import ended_words
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.venue import Balances
from tastyflow.errors import TastyflowError
from tastyflow.ports import Address, Notice, PlaceNotice
from tastyflow_adapters.advice import Advice
from tastyflow_adapters.cli.hints import advice_for, advice_on
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.safe_console import SafeConsole, say
from tastyflow_adapters.config.choices import PLATFORM
from tastyflow_adapters.unechoed import unechoed

COLOURS: Final[Mapping[Stage, str]] = {
    Stage.FILLED: "green",
    Stage.WORKING: "cyan",
    Stage.REHEARSED: "cyan",
    Stage.CANCELLED: "yellow",
    Stage.EXPIRED: "yellow",
    Stage.REFUSED: "red",
    Stage.REJECTED: "red",
    Stage.ESCALATED: "bold red",
    Stage.ABANDONED: "red",
}
NOWHERE: Final = Place()
MARKS: Final[Mapping[str, str]] = {"✓": "green", "✗": "red", "–": "yellow"}


class Progress:
    """
    Prints each notice as it is recorded.

    Args:
        user: Whose orders it prints the notices of.
        message: The one message whose notices it prints; None for all of the user's.
        several: Whether these are of several orders: then each has its order's reference, as all of a user's have.
    """

    name = None  # it begins anew with each command

    def __init__(self, console: SafeConsole, user: str, *, message: str | None = None, several: bool = False) -> None:
        from tastyflow_adapters.cli.printing import Printer  # with asyncio, which a page does without

        self._console, self._printer = console, Printer(console)
        self._user = user
        self._message = message
        self._with_reference = several or message is None
        self._stage = ""

    def listens_to(self, address: Address) -> bool:
        """Whether it prints what is for *address*."""
        is_ours = (address.platform, address.user) == (PLATFORM, self._user)
        return is_ours and self._message in (None, address.reply_to)

    async def tell(self, notice: Notice) -> None:
        """Print one line; where the terminal is closed, the line is dropped."""
        await self._printer.print(self._line(notice))

    async def tell_place(self, notice: PlaceNotice) -> None:
        """Print where the order stands before it leaves."""
        await self._printer.print(say(f"{'':<11}{notice.sentence}", "dim"))

    def _line(self, notice: Notice) -> RenderableType:
        mark = notice.sentence[:1] if notice.sentence[:1] in MARKS else ""
        reached = notice.order.stage
        stage = "" if mark or reached == self._stage else reached
        self._stage = self._stage if mark else reached
        text = say(notice.sentence)
        if mark:
            text.stylize(MARKS[mark], 0, 1)
        reference = say(f"{notice.order.reference} ", "dim") if self._with_reference else Text()
        lead = Text.assemble(reference, say(f"{stage:<11}", COLOURS.get(reached, "dim")))
        if not self._console.is_terminal:
            return lead + text
        line = Table.grid()
        line.add_column(width=lead.cell_len)
        line.add_column()
        line.add_row(lead, text)
        return line


def order_page(
    order: Order, test: TestResult | None, numbered: Sequence[str] = (), *, accounts: Collection[str] = ()
) -> RenderableType:
    """
    How *order* stands, where, and what to do next.

    Args:
        numbered: The commands that can be taken by their number.
        accounts: The names of all accounts that the settings name.
    """
    colour = COLOURS.get(order.stage, "blue")
    lines = [say(order.words or order.asked.text, "bold"), *(say(line) for line in risk_words(order))]
    lines += [say(line) for line in (outside_words(order), *filled_words(order)) if line]
    if test is not None:
        lines.append(say(rehearsal_words(test)))
    if order.message:
        lines.append(say(unechoed(ended_words(order.message)), colour))
    advice = advice_for(order)
    lines += [say(line, "dim") for line in (advice.hint,) if line]
    lines += [say(line) for line in meant(advice, numbered)]
    return Panel(
        Group(*lines),
        title=say(" · ".join(filter(None, (f"{order.reference} {order.stage}", place_of(order, accounts))))),
        title_align="left",
        border_style=colour,
        expand=False,
    )


def error_page(error: TastyflowError, numbered: Sequence[str] = ()) -> RenderableType:
    """What went wrong, and what to do about it; *numbered* as of `order_page`."""
    advice = advice_on(error)
    return Group(
        say(unechoed(error.message), "red"), *(say(line) for line in (advice.hint, *meant(advice, numbered)) if line)
    )


def meant(advice: Advice, numbered: Sequence[str] = ()) -> list[str]:
    """A line for each command that may have been meant, with its number where it can be taken by that."""
    return [
        f"{numbered.index(words) + 1} {words}" if words in numbered else f"did you mean: {words}"
        for words in advice.suggestions
    ]


def orders_page(orders: Iterable[Order], place: Place = NOWHERE) -> RenderableType:
    shown = tuple(orders)
    rows = [
        (
            say(order.reference),
            *_account(order, place, shown),
            say(short_moment(order.asked_at)),
            say(order.stage, COLOURS.get(order.stage, "blue")),
            say(order.words or order.asked.text),
            Text("\n").join(say(line) for line in went_words(order)),
        )
        for order in shown
    ]
    headings: tuple[str | Text, ...] = (
        "order",
        *_account(None, place, shown),
        "asked (New York)",
        "stage",
        "what",
        "how it went",
    )
    return _placed(place, _table(headings, rows, empty="There is no order yet."))


def _account(order: Order | None, place: Place, shown: Sequence[Order]) -> tuple[Text, ...]:
    """The column of accounts, where there are several: its heading without an order."""
    if len({*place.accounts, *(each.account for each in shown if each.account)}) <= 1:
        return ()
    return (say(order.account if order else "account"),)


def _placed(place: Place, page: RenderableType) -> RenderableType:
    """*page* with the environment above it."""
    return Group(say(place.words, "bold"), page) if place.words else page


def cancelled_page(orders: Iterable[Order], place: Place = NOWHERE) -> RenderableType:
    """What became of each order that the operator cancelled."""
    shown = tuple(orders)
    rows = [
        (
            say(order.reference),
            *_account(order, place, shown),
            say(order.asked.user),
            say(order.stage, COLOURS.get(order.stage, "blue")),
            say(order.words or order.asked.text),
            say(cancelled_words(order, place.accounts)),
        )
        for order in shown
    ]
    headings: tuple[str | Text, ...] = (
        "order",
        *_account(None, place, shown),
        "trader",
        "stage",
        "what",
        "what became of it",
    )
    return _placed(place, _table(headings, rows, empty="No order is open."))


def halted_page(halt: Halt, orders: Iterable[Order] | None, place: Place = NOWHERE) -> RenderableType:
    """Whether orders may leave; *orders* are those that a halt was to cancel, with what became of each."""
    stands = say(halt.in_words, "bold" if halt.trading is Trading.RUNNING else "bold red")
    return _placed(place, stands) if orders is None else Group(stands, cancelled_page(orders, place))


def balance_page(balances: Balances, place: Place = NOWHERE) -> RenderableType:
    rows = [
        (say("cash"), say(f"${balances.cash_usd:,.2f}")),
        (say("net liquidating value"), say(f"${balances.net_liquidating_value_usd:,.2f}")),
        (say("buying power"), say(f"${balances.buying_power_usd:,.2f}")),
    ]
    return _placed(place, _table(("balance", "dollars"), rows, right=(1,)))


def _table(
    headings: Sequence[str | Text], rows: Sequence[Sequence[Text]], *, empty: str = "", right: Sequence[int] = ()
) -> RenderableType:
    if not rows:
        return say(empty)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number in right else "left", no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
