"""
The page of a report: one file that needs no other, no script and no network.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from tastyflow.application.audit.log import Entry
from tastyflow.application.audit.story import Story
from tastyflow_adapters.exports.report.markup import Markup, joined, pairs, table, tag
from tastyflow_adapters.exports.report.order import order_part
from tastyflow_adapters.exports.report.style import STYLE

MAX_ORDERS: Final = 300
"""How many orders are shown in full; a browser opens the page all the same."""


@frozen
class Heading:
    """
    What a report is of.

    Attributes:
        what: ``order 07b4be`` or ``day 2026-12-01``.
        log: Names the log.
        head: Of the chain, in hexadecimal, after the event at *position*.
    """

    what: str
    log: str
    position: int
    head: str
    made_at: datetime


def report_page(heading: Heading, stories: Sequence[tuple[Story, Sequence[Entry]]]) -> str:
    """The whole page: HTML in UTF-8."""
    shown, title = stories[:MAX_ORDERS], f"tastyflow: {heading.what}"
    body = [
        tag("h1", heading.what.capitalize()),
        tag("p", f"Told from the log alone, at {heading.made_at:%Y-%m-%d %H:%M:%S} UTC. Times are UTC.", of="dim"),
        _index(stories) if len(stories) > 1 else "",
        *(order_part(story, entries) for story, entries in shown),
        tag("p", f"{len(stories) - len(shown):,} orders more are in orders.csv alone.") if stories[MAX_ORDERS:] else "",
        tag(
            "footer",
            pairs([("Log", heading.log), ("Chain", f"{heading.head} after event {heading.position:,}")]),
            tag("p", "This page is a view. What is proven are the events: 'verify.py' of the export checks them."),
        ),
    ]
    return "\n".join((
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"{tag('title', title)}<style>{STYLE}</style></head>",
        f"<body>{joined(body)}</body></html>\n",
    ))  # fmt: skip


def _index(stories: Sequence[tuple[Story, Sequence[Entry]]]) -> Markup:
    return table(
        ("Order", "Asked at", "By", "Typed", "Came to"),
        (
            (
                story.order.reference,
                f"{story.order.asked_at:%H:%M:%S}",
                story.order.asked.user,
                story.order.asked.text[:200],
                story.outcome,
            )
            for story, _ in stories
        ),
    )
