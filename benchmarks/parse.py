"""
How long it takes to understand a line, against Lark alone; and to start, against importing what is needed.

    .venv/bin/python benchmarks/parse.py [--rounds R] [--starts N]

Every line is measured three ways in turn, round after round:

    product   `tastyflow_grammar.parse`: text in, command or refusal out
    baseline  Lark's LALR parser fed with the words of the line, found before: no lexer, no meaning, nothing but the
              tables at work. No reader built on Lark's parser can be faster.
    bare      ``Lark(...).parse``, contextual lexer and LALR parser, as Lark comes: a tree, but no meaning

A ratio is time over time, in the same round; the median round is printed. A line that the grammar cannot read to its
end has no baseline: Lark stops in the middle, where the work of a refusal begins. Registers without any show a dash.

Then the hostile lines, 2,000 characters each, which Discord lets through; and whole processes, started in turn, where
``import lark, attrs`` is the baseline. `make bench` brings the grammar's tables up to date first: without them a
process makes them for itself. The machine is shared and noisy: lines are timed by the processor time that they take,
processes by the clock; compare ratios, not microseconds.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from lark import Token, UnexpectedInput
from lark.parsers.lalr_parser_state import ParserState
from rich import box
from rich.console import Console
from rich.table import Table

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import parse
from tastyflow_grammar.reading.line import MAX_LENGTH, read_line
from tastyflow_grammar.reading.reader import GRAMMAR
from tastyflow_grammar.reading.tables import larks

AS_OF: Final = datetime(2026, 11, 20, 10, 30, tzinfo=NEW_YORK)
START: Final = "BTO 10 SPY 450C 12/18 @ 2.50"

AIM_RATIO: Final = 3
AIM_P99_MS: Final = 2
AIM_HOSTILE_MS: Final = 10
AIM_START: Final = 2.5

UNDERSTOOD: Final[Mapping[str, Sequence[str]]] = {
    "sentences": (
        "buy 10 calls for SPY at strike 450 expiring next month",
        "please buy me three KO 70 calls expiring Dec 18",
        "sell to close 2 NVDA 180 puts exp Jan 15 2027 at 4.10",
        "buy a dozen QQQ 520 calls for next friday at mid",
        "sell 5 AAPL 190 puts expiring end of month limit 2.10 good till cancelled",
        "buy to open 1 IWM put strike 230 in 30 days",
    ),
    "alert shorthand": (
        "BTO 10 SPY 450C 12/18 @ 2.50",
        "STC 4 SPY 450C 12/18 stop 2.00 limit 1.90 gtc",
        "STO 3 TSLA 300p 1/15 1.85 cr",
        "+2 AMD 18 DEC 26 160 CALL @3.05",
        "BTC 1 MSFT 520C Dec 18 mkt",
        "bto 5x $F 12c 0dte @ .35 day",
    ),
    "symbols": (
        "buy 3 KO   261218C00070000",
        "sell 2 SPY261218P00430000 @ 1.15",
        "buy 3 .KO261218C70",
        "BTO 1 .SPXW261218C6000 @ 12.50 gtc",
        "sell 10 .F270115P11.5 limit 0.42",
    ),
    "shares": (
        "buy 100 shares of MSFT",
        "sell 50 shares of MSFT @ 410.25 good till Dec 18",
        "buy 25 KO shares at market",
        "sell 1,000 shares F stop 10.50",
        "buy 10 shares of BRK.B limit 480 gtc",
    ),
    "spreads": (
        "sell 1 SPY 430/435/465/470 iron condor Dec 18 @ 1.20",
        "buy 2 SPY 450/460 call spread 12/18 @ 3.10 debit",
        "sell 5 QQQ 500/495 put vertical Jan 15 @ 1.05 credit",
        "buy 1 NVDA 180 straddle Dec 18 @ 14.20",
        "buy 3 AMD 150/170 strangle 12/18 @ 4.40",
    ),
    "leg by leg": (
        "BTO 1 SPY 450C 12/18, STO 1 SPY 460C 12/18 @ 3.10 debit",
        "STO 2 SPY 430P 12/18, BTO 2 SPY 425P 12/18 @ 0.85 credit",
        "buy 1 KO 70 call Dec 18 and sell 1 KO 75 call Dec 18 @ 1.10 debit",
    ),
    "management": (
        "cancel last",
        "replace 7f3a @ 2.40",
        "status 7f3a",
        "approve 7f3a",
        "reject 7f3a too much risk",
        "halt fat finger",
        "my positions",
        "show my orders",
    ),
}
REFUSED: Final[Mapping[str, Sequence[str]]] = {
    "refusals": (
        "buy 10 SPY 450C",
        "buy 10 SPY calls Dec 18",
        "BTO 10 SPY 450C 12/18 @ 2.50 @ 2.60",
        "byu 10 SPY 450C 12/18",
        "sell 0 SPY 450C 12/18",
        "buy 2.5 SPY 450C 12/18",
        "BTO 10 SPY 450C 12/25",
        "buy 10 SPY 450C 12/18 or so",
        "10 SPY 450C 12/18 @ 2.50",
    ),
    "ordinary chat": (
        "good morning all, anyone watching SPY today?",
        "lol",
        "what do you think about the fed meeting tomorrow",
        "I would not touch that one before earnings, too wild for me",
        "thanks! closed mine at 2.50 this morning 🚀🚀",
        "is the market open on Friday",
    ),
}


def _filled(unit: str, start: str = "") -> str:
    """*unit* again and again, after *start*, as long as a message may be."""
    return (start + unit * MAX_LENGTH)[:MAX_LENGTH]


HOSTILE: Final[Mapping[str, str]] = {
    "digits": _filled("1"),
    "digits after an action": _filled("1", "buy "),
    "1,1,1 ...": _filled("1,", "buy "),
    "numbers": _filled("10 ", "buy 10 SPY "),
    "punctuation": _filled("!?.,;:-"),
    "slashes": _filled("/1", "buy 10 SPY 1"),
    "one word": _filled("A"),
    "words": _filled("the quick brown fox "),
    "words after an action": _filled("spread the risk ", "buy "),
    "quotes in quotes": _filled("'\"“‘"),
    "markdown": _filled("**__`|"),
    "emoji": _filled("🚀"),
    "joined emoji": _filled("👩‍🚀"),
    "another script": _filled("ВТО 10 "),
    "dates": _filled("Dec 18 ", "buy 10 SPY 450C "),
    "strikes": _filled("450C ", "buy 10 SPY "),
    "actions": _filled("buy to open "),
    "tickers": _filled("SPY "),
    "prices": _filled("@ 2.50 ", "BTO 10 SPY 450C 12/18 "),
    "orders": _filled("BTO 10 SPY 450C 12/18 @ 2.50, "),
    "legs": _filled("BTO 1 SPY 450C 12/18, STO 1 SPY 460C 12/18, "),
    "a remark": _filled("fat finger ", "halt "),
    "blanks": _filled(" ", "buy 10"),
}


class LarkBaseline:
    """Lark without us."""

    def __init__(self) -> None:
        self.lark = larks(GRAMMAR.read_text("utf-8"))
        self._conf = self.lark.parse_interactive().parser_state.parse_conf

    def words(self, text: str) -> list[Token]:
        """The words of a prepared line, with the one that ends it; none where the grammar stops before its end."""
        try:
            interactive = self.lark.parse_interactive(text)
            words = list(interactive.iter_parse())
            interactive.feed_eof(words[-1] if words else None)
        except UnexpectedInput:
            return []
        return [*words, Token.new_borrow_pos("$END", "", words[-1])]

    def feed(self, words: Sequence[Token]) -> None:
        state = ParserState(self._conf, None)  # type: ignore[arg-type]  # it never asks for a word
        for word in words[:-1]:
            state.feed_token(word)
        state.feed_token(words[-1], is_end=True)

    def parse(self, text: str) -> None:
        try:
            self.lark.parse(text)
        except UnexpectedInput:
            return


def product(line: str) -> None:
    try:
        parse(line, as_of=AS_OF)
    except NotUnderstood:
        return


def seconds(what: Callable[[Any], None], on: Any) -> float:
    began = time.thread_time()
    what(on)
    return time.thread_time() - began


@frozen
class Row:
    """
    A register, measured; microseconds per line.

    Attributes:
        to_baseline: Product over baseline, for the lines that have one.
        to_bare: Product over bare Lark.
    """

    to_baseline: float | None
    to_bare: float
    p50_us: float
    p99_us: float
    floor_us: float | None
    bare_us: float


def measure(baseline: LarkBaseline, lines: Sequence[str], rounds: int) -> Row:
    """Alternate product, baseline and bare Lark, line by line."""
    prepared = [(line, read_line(line).text) for line in lines]
    told = [(line, text, baseline.words(text)) for line, text in prepared]
    for line, text, _ in told:  # what is made on first use is made now
        product(line)
        baseline.parse(text)
    latencies, to_baseline, to_bare, floors, bares = [], [], [], [], []
    for _ in range(rounds):
        took, read, fed, bare = 0.0, 0.0, 0.0, 0.0
        for line, text, words in told:
            own = seconds(product, line)
            latencies.append(own)
            took += own
            bare += seconds(baseline.parse, text)
            if words:
                read += own
                fed += seconds(baseline.feed, words)
        to_bare.append(took / bare)
        bares.append(bare / len(told))
        if fed:
            to_baseline.append(read / fed)
            floors.append(fed / sum(1 for *_, words in told if words))
    latencies.sort()
    return Row(
        to_baseline=statistics.median(to_baseline) if to_baseline else None,
        to_bare=statistics.median(to_bare),
        p50_us=statistics.median(latencies) * 1e6,
        p99_us=latencies[int(len(latencies) * 0.99)] * 1e6,
        floor_us=statistics.median(floors) * 1e6 if floors else None,
        bare_us=statistics.median(bares) * 1e6,
    )


def starts(count: int) -> dict[str, list[float]]:
    """Seconds of whole processes, in turn."""
    script = shutil.which("tastyflow", path=str(Path(sys.executable).parent))
    program = [script] if script else [sys.executable, "-m", "tastyflow_adapters.cli"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import lark, attrs'": [sys.executable, "-c", "import lark, attrs"],
        f'tastyflow parse "{START}"': [*program, "parse", START],
    }
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(count):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
            took[name].append(time.perf_counter() - began)
    return took


def registers_table(rows: Mapping[str, Row]) -> Table:
    caption = f"µs per line; aims: baseline ratio ≤ {AIM_RATIO}, p99 < {AIM_P99_MS * 1000:,} µs"
    table = _table("A line understood", caption, "", "/ baseline", "/ bare Lark", "p50", "p99", "baseline", "bare Lark")
    for name, row in rows.items():
        figures = (row.to_baseline, row.to_bare, row.p50_us, row.p99_us, row.floor_us, row.bare_us)
        digits = (2, 2, 0, 0, 0, 0)
        table.add_row(name, *("–" if f is None else f"{f:,.{d}f}" for f, d in zip(figures, digits, strict=True)))
    return table


def hostile_table(rounds: int) -> Table:
    caption = f"ms per line; aim: < {AIM_HOSTILE_MS} ms"
    table = _table(f"Hostile lines of {MAX_LENGTH:,} characters", caption, "", "median", "worst")
    for name, line in HOSTILE.items():
        product(line)
        took = [seconds(product, line) * 1000 for _ in range(rounds)]
        table.add_row(name, f"{statistics.median(took):,.2f}", f"{max(took):,.2f}")
    return table


def starts_table(took: Mapping[str, Sequence[float]]) -> Table:
    _, baseline, _ = took.values()
    caption = f"ms per process, median of {len(baseline)}; ratio: in turn with import lark, attrs; aim: ≤ {AIM_START}"
    table = _table("A process from start to end", caption, "", "ratio", "median", "least")
    for name, each in took.items():
        ratio = statistics.median(own / least for own, least in zip(each, baseline, strict=True))
        table.add_row(name, f"{ratio:,.2f}", f"{statistics.median(each) * 1000:,.0f}", f"{min(each) * 1000:,.0f}")
    return table


def _table(title: str, caption: str, *headings: str) -> Table:
    table = Table(title=title, caption=caption, box=box.SIMPLE, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    return table


def is_understood(line: str) -> bool:
    try:
        parse(line, as_of=AS_OF)
    except NotUnderstood:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a line takes, and a start, against Lark alone.")
    parser.add_argument("--rounds", type=int, default=200, help="rounds of every line (default 200)")
    parser.add_argument("--starts", type=int, default=15, help="processes of each kind (default 15)")
    asked = parser.parse_args()
    console = Console() if sys.stdout.isatty() else Console(width=100)
    baseline = LarkBaseline()
    with console.status("lines"):
        registers = {**UNDERSTOOD, **REFUSED}
        rows = {name: measure(baseline, lines, asked.rounds) for name, lines in registers.items()}
    console.print(registers_table(rows))
    with console.status("hostile lines"):
        console.print(hostile_table(min(asked.rounds, 20)))
    with console.status("processes"):
        console.print(starts_table(starts(asked.starts)))
    otherwise = [line for lines in UNDERSTOOD.values() for line in lines if not is_understood(line)]
    otherwise += [line for lines in REFUSED.values() for line in lines if is_understood(line)]
    assert not otherwise, otherwise


if __name__ == "__main__":
    main()
