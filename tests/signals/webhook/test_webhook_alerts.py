"""An alert that is signed, of now, and understood reaches its rule once; it is answered with what became of it."""

import asyncio
import json
from datetime import timedelta

import pytest
from pydantic import SecretStr
from webhook_kit import BODY, NEXT_SECRET, NOW, SECRET, headers_of, open_door, until

from tastyflow.domain.signal_rule.alert import Alert, AlertAnswer, AlertOutcome, HeardAlert
from tastyflow_adapters.signals.webhook.remembering import AnsweredAlerts

pytestmark = pytest.mark.anyio

GUESSED = "hunter2"


async def test_a_signed_alert_reaches_its_rule_with_its_figures(door):
    answer = await door.post()
    (heard,) = door.taken
    assert answer.status == 200
    assert (heard.rule, heard.source, heard.at) == ("gex", "webhook", NOW)
    assert dict(heard.alert.figures) == {"rsi": 71.5}
    assert heard.reasons == ("webhook says: RSI above 70",)
    assert answer.told == {"signal": answer.told["signal"], "why": []}
    assert len(answer.told["signal"]) == 32
    assert (door.accepted(), door.refused()) == ({"raised": 1}, {})


async def test_an_alert_that_a_rule_holds_back_is_told_why(door):
    door.answers = AlertAnswer(AlertOutcome.HELD, reasons=("The rule cools down for 12 more minutes.",))
    answer = await door.post()
    assert answer.status == 200
    assert answer.told == {"signal": None, "why": ["The rule cools down for 12 more minutes."]}
    assert door.accepted() == {"held": 1}


@pytest.mark.parametrize("body", [b"{}", b'{"figures": {}}', b'{"reason": ""}'], ids=bytes.decode)
async def test_reason_and_figures_may_be_missing(door, body):
    assert (await door.post(body)).status == 200
    assert door.taken[0].reasons == ("An alert of webhook.",)


async def test_the_same_alert_again_is_answered_the_same_and_taken_once(door):
    first, second = await door.post(), await door.post()
    assert second.told == first.told
    assert len(door.taken) == 1
    assert door.accepted() == {"raised": 1, "repeated": 1}


async def test_two_that_come_at_once_are_taken_once(door):
    door.holds = asyncio.Event()
    both = asyncio.gather(door.post(), door.post())
    await until(lambda: len(door.server._connections) == 2)
    await asyncio.sleep(0.05)
    door.holds.set()
    first, second = await both
    assert first.told == second.told
    assert len(door.taken) == 1


async def test_an_alert_that_was_held_back_is_not_tried_again_by_repeating_it(door):
    """A listener on the way who repeats it after the cool-down raises nothing."""
    door.answers = AlertAnswer(AlertOutcome.HELD, reasons=("The rule cools down.",))
    await door.post()
    await door.clock.turn(50)
    door.answers = None
    assert (await door.post()).told == {"signal": None, "why": ["The rule cools down."]}
    assert len(door.taken) == 1


async def test_a_key_names_the_alert_whenever_it_is_signed(door):
    await door.post(headers=headers_of(key="breakout-1"))
    await door.clock.turn(30)
    again = headers_of(key="breakout-1", at=NOW + timedelta(seconds=30))
    assert (await door.post(headers=again)).status == 200
    assert [heard.source_id for heard in door.taken] == ["key:breakout-1"]


async def test_without_a_key_another_time_is_another_alert(door):
    await door.post()
    await door.clock.turn(1)
    await door.post(headers=headers_of(at=NOW + timedelta(seconds=1)))
    assert len({heard.source_id for heard in door.taken}) == 2


async def test_the_name_of_an_alert_is_the_same_after_a_restart(door, tmp_path):
    await door.post()
    async with open_door(tmp_path / "..") as restarted:
        await restarted.post()
        assert restarted.taken[0].source_id == door.taken[0].source_id


async def test_what_failed_is_not_known_and_may_be_sent_again(door, caplog):
    door.answers = OSError("the disk is full, and SPY is at 612")
    answer = await door.post()
    assert (answer.status, answer.told) == (503, {"error": "not taken: send the same alert again"})
    assert "was not taken (OSError)" in caplog.text
    assert "612" not in caplog.text
    door.answers = None
    assert (await door.post()).status == 200
    assert (door.accepted(), door.refused()) == ({"raised": 1}, {"busy": 1})


async def test_what_still_counts_is_not_forgotten_to_make_room():
    taken = []

    async def take(heard):
        taken.append(heard.source_id)
        return AlertAnswer(AlertOutcome.HELD, reasons=("It cools down.",))

    answered = AnsweredAlerts(take, keep_s=66, most=2)
    alerts = [HeardAlert(rule="gex", source="webhook", source_id=each, at=NOW, alert=Alert()) for each in "abc"]
    assert [await answered.answer(each, 0.0) is None for each in alerts] == [False, False, True]
    assert await answered.answer(alerts[0], 66.0) is not None
    assert taken == ["a", "b"]
    assert await answered.answer(alerts[2], 67.0) is not None
    await answered.close()


async def test_while_secrets_are_changed_both_are_good_and_then_the_old_one_is_not(door):
    door.secrets.write("signals.gex_next", SecretStr(NEXT_SECRET))
    await door.keys.look()
    assert [(await door.post(headers=headers_of(secret=each))).status for each in (SECRET, NEXT_SECRET)] == [200, 200]
    door.secrets.write("signals.gex", SecretStr(NEXT_SECRET))
    await door.keys.look()
    assert [(await door.post(headers=headers_of(secret=each))).status for each in (SECRET, NEXT_SECRET)] == [401, 200]


async def test_a_new_secret_counts_without_a_restart(door):
    door.secrets.write("signals.gex", SecretStr(NEXT_SECRET))
    while (await door.post(headers=headers_of(secret=NEXT_SECRET))).status != 200:
        await door.clock.turn(10)
        await asyncio.sleep(0.01)
    assert (await door.post(headers=headers_of(at=door.clock.now()))).status == 401


async def test_a_file_of_secrets_that_cannot_be_used_leaves_the_ones_before(door, caplog):
    door.secrets.path.write_text("[signals]\ngex = ")
    await door.keys.look()
    assert (await door.post()).status == 200
    assert "cannot be looked for" in caplog.text
    assert SECRET not in caplog.text


async def test_a_secret_that_could_be_guessed_is_none(door):
    door.secrets.write("signals.gex", SecretStr(GUESSED))
    await door.keys.look()
    assert (await door.post(headers=headers_of(secret=GUESSED))).status == 401


async def test_a_body_that_is_not_understood_is_told_to_who_signed_it(door):
    answer = await door.post(json.dumps({"figures": {"vix": 20}}).encode())
    assert answer.status == 400
    assert answer.told == {
        "error": "A figure is not one that the rule takes from an alert.",
        "hint": "It takes level, rsi.",
    }
    assert (door.taken, door.refused()) == ([], {"body": 1})


async def test_a_rule_that_takes_no_alerts_now_says_so_to_who_signed(door):
    door.server._figures_of = {}.get
    assert (await door.post()).status == 409
    assert door.refused() == {"no_rule": 1}
    assert BODY
