"""
An order's messages over real sockets: whatever fails on the way, at the end it has one live message with its last
state, and each fill was told once and in order.
"""

import asyncio
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.waiting import ended
from tastyflow.domain.order.stages import Stage
from tastyflow_adapters.config.discord_choices import Level, NoticeKind
from tastyflow_adapters.discord.telling.chat_telling import ChatTelling
from tastyflow_adapters.discord.telling.through_discord import DiscordPoster
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import LENIENT, MISSION
from tests.discord.double import Seen
from tests.discord.kit import ChatUnderTest, chatting, without_pauses

PACE = 40.0
FILLS = 5
LAST = "filled 10 of 10 at 8.01 on average"
IN_PARTS = ScriptedModel(lambda _: Plan((live(), *(fill(2, after_s=2.0) for _ in range(FILLS)))))
PATIENT = evolve(LENIENT, confirm_within_s=3600.0)
"""At this pace, two minutes are three seconds."""
EACH_FILL = {"notices": {NoticeKind.PART_FILLED.value: Level.SILENT}}

FAULTS: dict[str, dict[str, Any]] = {
    "fails": {"status": 500},
    "is done, and the answer fails": {"status": 500, "apply_first": True},
    "is done, and the line is cut": {"status": 0, "apply_first": True},
    "is cut": {"status": 0},
    "has to wait": {"status": 429, "retry_after_s": 0.02},
}
STEPS = st.one_of(
    st.tuples(st.sampled_from(["POST", "PATCH"]), st.sampled_from(sorted(FAULTS))),
    st.tuples(st.sampled_from(["drop", "away", "dies", "deleted", "time passes"])),
)


@settings(max_examples=6)
@given(st.lists(STEPS, max_size=8))
def test_at_the_end_there_is_one_live_message_with_the_last_state_and_each_fill_was_told_once(steps):
    with without_pauses():
        asyncio.run(told(steps))


async def told(steps: list[tuple[str, ...]]) -> None:
    async with chatting(pace=PACE, here=EACH_FILL, models=(None, IN_PARTS), policy=PATIENT) as there:
        telling = start(there)
        card = await there.answer(there.slash(there.ann, "order", text=MISSION))
        there.double.press(there.ann, card, "Confirm")
        for step in steps:
            match step:
                case (method, fault) if method in ("POST", "PATCH"):
                    there.double.fail(method, r"^/channels/\d+/messages", **FAULTS[fault])
                case ("drop",):
                    there.double.drop()
                case ("away",):
                    async with there.double.away():
                        await there.clock.sleep(2.0)
                case ("dies",):
                    telling.cancel()
                    telling = start(there)
                case ("deleted",):
                    for seen in live_messages(there):
                        there.double.delete(seen)
                case ("time passes",):
                    await there.clock.sleep(4.0)
        await there.double.ready()
        await there.double.wait(lambda: there.orders()[0].stage.is_over, what="it is over")
        there.double.mend()
        await there.double.wait(lambda: is_told(there), what="everything is told")
        await ended(telling)
        lines = [line for seen in notices(there) for line in seen.text.split("\n")]
        told_of = [line for line in lines if line.lower().startswith("filled")]
        assert len(live_messages(there)) == 1
        if there.orders()[0].stage is Stage.FILLED:  # on a busy machine, what was seen of the market gets too old
            assert told_of == [*(f"Filled 2 at 8.01; {2 * number} of 10." for number in range(1, FILLS + 1)), LAST]


def start(there: ChatUnderTest) -> "asyncio.Task[None]":
    """A part that tells; one that was there before has died."""
    poster = DiscordPoster(lambda: there.bot)
    return asyncio.create_task(ChatTelling(there.chat, poster).run())


def public(there: ChatUnderTest) -> list[Seen]:
    return [each for each in there.double.seen_by(there.ann, there.channel) if not each.is_private]


def is_live(seen: Seen) -> bool:
    """Whether it is the message that is edited, with the story so far."""
    return "so far" in seen.text


def live_messages(there: ChatUnderTest) -> list[Seen]:
    return [each for each in public(there) if is_live(each)]


def notices(there: ChatUnderTest) -> list[Seen]:
    return [each for each in public(there) if not is_live(each)]


def is_told(there: ChatUnderTest) -> bool:
    """Whether the end of the one order stands in its live message, and in a message of its own."""
    end = f"· {there.orders()[0].stage}"
    return all(any(end in each.text for each in some) for some in (live_messages(there), notices(there)))
