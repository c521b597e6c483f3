"""
The story of an order: in a page what happened, a row for each chapter; in a file all of it, with what was seen.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from tastyflow.application.attribution import shortly
from tastyflow.application.audit.story import Moment, Story, duration
from tastyflow.application.environment_words import place_of
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow_adapters.discord.page import ChatPage, Row, TextFile, Tone
from tastyflow_adapters.discord.pages.columns import in_groups
from tastyflow_adapters.discord.pages.live import TONES

_DIGEST: Final = re.compile("[0-9a-f]{64}|[0-9a-f]{16}…")

LONGEST: Final = 8
"""Moments of a chapter that are told in the page; of a longer one the first and the last ones."""


def story_page(story: Story, accounts: Sequence[str] = ()) -> ChatPage:
    """How the order came to be as it is."""
    order = story.order
    chapters = [(chapter, tuple(moments)) for chapter, moments in groupby(story.moments, key=lambda each: each.chapter)]
    return ChatPage(
        title=f"Order {order.reference} · {story.outcome}",
        place=place_of(order, accounts),
        lines=(f"“{order.asked.text}”", f"{_asked(story)}, in {duration(story.elapsed_s)}"),
        rows=tuple(Row(chapter, tuple(_briefly(moments))) for chapter, moments in chapters),
        footer="The file has every event, with who did it and what was seen.",
        tone=TONES.get(order.stage, Tone.PLAIN),
        files=(TextFile(f"story-{order.reference}.txt", story_text(story)),),
    )


def story_text(story: Story) -> str:
    """All of the story as text: the row in the log, the time, what happened, who did it, and what was seen."""
    return "\n".join(_text(story)) + "\n"


def _asked(story: Story) -> str:
    began = story.moments[0]
    who, _, _ = shortly(began.actor).partition(" via ")
    return f"{who}, {moment_in_words(began.at)}"


def _briefly(moments: Sequence[Moment]) -> Iterator[str]:
    left_out = len(moments) - LONGEST
    shown = moments if left_out <= 1 else (*moments[: LONGEST // 2], None, *moments[-LONGEST // 2 :])
    for each in shown:
        yield f"… {left_out} more, in the file" if each is None else f"{duration(each.elapsed_s)}: {each.text}"


def _text(story: Story) -> Iterator[str]:
    order = story.order
    yield f"Order {order.id} {story.outcome}"
    yield f"“{order.asked.text}”"
    yield _asked(story)
    for chapter, moments in groupby(story.moments, key=lambda each: each.chapter):
        yield ""
        yield chapter.capitalize()
        for each in moments:
            yield f"  {each.seq}  {each.at:%Y-%m-%d %H:%M:%S.%f} UTC  {each.text}  ({shortly(each.actor)})"
            yield from (f"      {_detail(line)}" for line in each.details)


def _detail(line: str) -> str:
    """*line*, in which a digest of the log is told in groups."""
    words, parted, digest = line.rpartition("igest ")
    is_digest = parted and _DIGEST.fullmatch(digest)
    return f"{words}{parted}{in_groups(digest)}" if is_digest and words in {"D", "d"} else line
