"""
Silence and noise: talk that holds words of the language is never answered, and a request that fails always is.

    sell wall at 450, STC'd half my NVDA        not_a_command: the bot says nothing
    buy 10 SPY 450C 12/81                       a code that is answered

A shorter way to be silent is to answer nothing at all, and a shorter way to answer is to answer everything: so both are
tried, on the same words.
"""

from datetime import datetime

import pytest
from language_corpus import rows

from tastyflow.domain.expirations import NEW_YORK
from tastyflow_grammar import answer

AS_OF = datetime(2026, 11, 19, 10, tzinfo=NEW_YORK)
SILENT = {"not_a_command", "empty"}
TALK = [row for row in rows() if row.file.endswith("talk.jsonl")]
FAILED = [row for row in rows() if row.file.endswith("failed.jsonl")]


def test_not_one_line_of_two_hundred_of_talk_is_answered():
    assert len(TALK) >= 200
    assert [row.text for row in TALK if answer(row.text, as_of=row.as_of).get("code") not in SILENT] == []


def test_not_one_of_sixty_failed_requests_is_met_with_silence():
    assert len(FAILED) >= 60
    assert [row.text for row in FAILED if answer(row.text, as_of=row.as_of).get("code", "empty") in SILENT] == []


@pytest.mark.parametrize(
    ("talk", "asked"),
    [
        ("sell wall at 450", "sell WALL 450c 12/81"),
        ("short squeeze incoming on GME 50c", "short GME 50c"),
        ("long 450 calls printing", "long SPY 450 calls"),
        ("long run ahead for NVDA 180c", "long RUN 15c"),
        ("sell SPY 500P 12/18 for 2.50 is free money", "sell SPY 500P 12/18 for 2.50 free"),
        ("long SPY 500C 12/18 from 2.50", "buy SPY 500C 12/18 from 2.50"),
        ("close at 450 today", "close SPY at 450 today"),
        ("close call on that 640 put", "close call 640 12/18"),
        ("STC'd half my NVDA 180c", "STC half my NVDA 180c"),
        ("loading TSLA 400c for next week", "lomg TSLA 400c next week"),
        ("SPY 500C 12/18 5000x @ 2.50", "SPY 500C 12/18 @ 2.50"),
        ("buy side flow SPY 450C 12/18", "buy sidde flow SPY 450C 12/18"),
        ("open interest 450C 12/18 is 10k", "open 450C 12/18"),
        ("exit liquidity, that's all we are", "exit half"),
        ("cancel culture", "cancel it"),
        ("close the gap", "close half"),
        ("roll call: who's still here", "roll SPY 450C"),
    ],
)
def test_talk_is_not_answered_and_the_request_beside_it_is(talk: str, asked: str):
    assert answer(talk, as_of=AS_OF).get("code") in SILENT
    failed = answer(asked, as_of=AS_OF)
    assert failed["status"] == "error"
    assert failed["code"] not in SILENT
