"""
The demo's screen: lines at a pace that a person can follow, while the desk goes on at its own.

    title · typed · notices · told       put on a queue, and shown one after the other
    expect(holds, sentence)              what the demo claims is checked first; one that fails is remembered

To the desk it is a recipient: it is told of recorded events only, and the desk never waits for it.
"""

import asyncio
from types import TracebackType
from typing import Final, Self

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow.application.telling.about.rehearsals import MARKS
from tastyflow.domain.testresult import CheckOutcome
from tastyflow.ports import Address, Notice
from tastyflow_adapters.cli.safe_console import SafeConsole, say

PASSED: Final = MARKS[CheckOutcome.PASSED]
MARGIN: Final = 3
STAGE_WIDTH: Final = 11


class Screen:
    """
    A terminal, or a pipe, and what was claimed on it.

    Attributes:
        brief: Checks that passed are counted instead of shown.
        broken: The claims that did not hold.
    """

    name = None  # the demo begins with an empty log

    def __init__(self, out: SafeConsole, pace_s: float) -> None:
        self._out = out
        self._pace_s = pace_s
        self._lines: asyncio.Queue[RenderableType] = asyncio.Queue()
        self._stage = ""
        self._passed = 0
        self.brief = False
        self.broken: list[str] = []

    @property
    def width(self) -> int:
        """How many columns there are for a page in the margin."""
        return self._out.width - MARGIN

    async def __aenter__(self) -> Self:
        self._showing = asyncio.create_task(self._show())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.drained()
        self._showing.cancel()
        await asyncio.gather(self._showing, return_exceptions=True)

    async def drained(self) -> None:
        """Wait until everything is shown."""
        self._flush_passed()
        drained = asyncio.ensure_future(self._lines.join())
        await asyncio.wait((drained, self._showing), return_when=asyncio.FIRST_COMPLETED)
        if self._showing.done():
            drained.cancel()
            self._showing.result()  # why nothing can be shown any more

    async def _show(self) -> None:
        while True:
            line = await self._lines.get()
            self._out.show(line)
            await asyncio.sleep(self._pace_s)
            self._lines.task_done()

    # ── what can be put on it ──────────────────────────────────────────────────────────────────────────────────

    def title(self, number: int, text: str, about: str) -> None:
        """A scene begins."""
        self._flush_passed()
        self.brief = number > 1
        self._lines.put_nowait(Text.assemble("\n", (f"{number}. {text}", "bold cyan")))
        self.told(about, "dim")

    def typed(self, who: str, text: str) -> None:
        """A person types a line."""
        self._flush_passed()
        self._stage = ""
        self._put(Text.assemble("\n", (f"{who} ▸ ", "bold"), say(text, "bold")))

    def told(self, text: str, style: str = "") -> None:
        """A line of the demo's own."""
        self._flush_passed()
        self._put(say(text, style))

    def noted(self, text: str, style: str = "", *, lead: str = "") -> None:
        """A line under the notices; *lead* stands where their stage does."""
        self._flush_passed()
        self._row(lead, say(text, style))

    def page(self, content: RenderableType) -> None:
        """Something larger."""
        self._flush_passed()
        self._put(content)

    def expect(self, holds: bool, sentence: str) -> None:
        """Claim *sentence*, which was just found to be true; or say that it is not."""
        if not holds:
            self.broken.append(sentence)
        mark = Text("✓ ", "bold green") if holds else Text("✗ NOT TRUE: ", "bold red")
        self.page(mark.append_text(say(sentence, "green" if holds else "red")))

    def listens_to(self, address: Address) -> bool:
        """Every order of the demo is shown."""
        return True

    async def tell(self, notice: Notice) -> None:
        """Show what was recorded."""
        if self.brief and notice.sentence.startswith(PASSED):
            self._passed += 1
            return
        self._flush_passed()
        failed = notice.sentence.startswith(MARKS[CheckOutcome.FAILED])
        self._notice(notice.order.stage, say(notice.sentence, "red" if failed else ""))

    def _flush_passed(self) -> None:
        passed, self._passed = self._passed, 0
        if passed:
            self._notice(self._stage, Text(f"{PASSED} {passed} checks passed"))

    def _notice(self, stage: str, text: Text) -> None:
        self._row(stage if stage != self._stage else "", text)
        self._stage = stage

    def _row(self, lead: str, text: Text) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=STAGE_WIDTH, style="dim")
        row.add_column(overflow="fold")
        row.add_row(lead, text)
        self._put(row)

    def _put(self, content: RenderableType) -> None:
        inset = Table.grid()
        inset.add_column(width=MARGIN)
        inset.add_column(overflow="fold")
        inset.add_row("", content)
        self._lines.put_nowait(inset)
