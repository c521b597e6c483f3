"""
The story of an order on a terminal: a heading per chapter, a line per moment, and under it what was seen.

    Gate  17:25:51.324 UTC
       23    +29 ms Approved by policy  policy            its row in the log, since the first words, what, who
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow.application import audit
from tastyflow.application.attribution import shortly
from tastyflow.application.audit.story import duration
from tastyflow.application.environment_words import place_of
from tastyflow.domain.trader.accounts import MAIN
from tastyflow_adapters.cli.safe_console import say
from tastyflow_adapters.cli.safe_text import shown

WIDE: Final = 100
"""From how many columns on the time of day is on every line."""

_STYLES: Final = {"✓": "green", "✗": "red", "–": "yellow"}


def story_page(story: audit.Story, *, width: int, with_details: bool = True) -> Group:
    """The story as a timeline: a heading per chapter, a line per moment, and under it what was seen."""
    order, began = story.order, story.moments[0].at
    head = Text.assemble(("Order ", ""), (order.reference, "bold"), ("  ", ""), say(story.outcome, "bold"))
    if place := place_of(order, (MAIN,)):
        head.append(f"  {shown(place)}")
    head.append(f"  in {duration(story.elapsed_s)}", "dim")
    asked = say(f"“{order.asked.text}”")
    whence = say(f"{order.asked.user} on {order.asked.platform}, {began:%a %b %d %Y %H:%M:%S} UTC", "dim")
    return Group(head, asked, whence, *_chapters(story.moments, width=width, with_details=with_details))


def signal_story_page(story: audit.SignalStory, *, width: int) -> Group:
    """The story of a signal that became no order, as a timeline."""
    signal, began = story.signal, story.moments[0].at
    head = Text.assemble("Signal ", (signal.reference, "bold"), "  ", say(str(signal.stage), "bold"))
    asked = say(f"“{signal.line}”")
    whence = say(f"the rule {signal.rule}, version {signal.rule_version}, {began:%a %b %d %Y %H:%M:%S} UTC", "dim")
    return Group(head, asked, whence, *_chapters(story.moments, width=width, with_details=True))


def _chapters(moments: Sequence[audit.Moment], *, width: int, with_details: bool) -> Iterator[RenderableType]:
    chapter, table = "", _timeline()
    for moment in moments:
        if moment.chapter != chapter:
            if chapter:
                yield table
            chapter, table = moment.chapter, _timeline()
            yield Text.assemble("\n", (chapter.capitalize(), "bold cyan"), (f"  {_time(moment.at)} UTC", "dim"))
        table.add_row(
            f"{moment.seq}",
            _time(moment.at) if width >= WIDE else "",
            f"+{duration(moment.elapsed_s)}",
            _told(moment, with_details=with_details),
        )
    yield table


def _timeline() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="dim", min_width=5, no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", style="dim", min_width=8, no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _told(moment: audit.Moment, *, with_details: bool) -> Text:
    text = say(moment.text, _STYLES.get(moment.text[:1], ""))
    text.append(shown(f"  {shortly(moment.actor)}"), "dim")
    for line in moment.details if with_details else ():
        text.append(f"\n{shown(line)}", "dim")
    return text


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"
