"""What is offered instead of a line that is not understood: the likeliest word, in the trader's own line."""

from datetime import datetime

import pytest

from tastyflow.domain.expirations import NEW_YORK
from tastyflow_grammar import answer

AS_OF = datetime(2026, 11, 20, 10, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("byu 10 SPY 450C 12/18", ["buy 10 SPY 450C 12/18"]),
        ("bul put spread 5 SPY 440/435 12/18 1.05", ["bull put spread 5 SPY 440/435 12/18 1.05"]),
        ("beer call spread 5 SPY 440/450 12/18 1.05", ["bear call spread 5 SPY 440/450 12/18 1.05"]),
        ("buy 5 SPY 440/450 call vertcal 12/18 3.10", ["buy 5 SPY 440/450 call vertical 12/18 3.10"]),
        ("sell 1 SPY iron condr 430/435/465/470 12/18", ["sell 1 SPY iron condor 430/435/465/470 12/18"]),
        ("buy 1 SPY 450c calender Dec 18 / Jan 15 2.10", ["buy 1 SPY 450c calendar Dec 18 / Jan 15 2.10"]),
        ("buy 10 SPY 450C Decmber 18", ["buy 10 SPY 450C december 18"]),
        ("buy 10 SPY 450C nxt month", ["buy 10 SPY 450C next month"]),
        ("buy 10 SPY 450C 12/18 @ 2.50 gct", ["buy 10 SPY 450C 12/18 @ 2.50 gtc"]),
        ("buy 10 SPY 450 cals 12/18", ["buy 10 SPY 450 calls 12/18", "buy 10 SPY 450 call 12/18"]),
        ("cancle 7f3a", ["cancel 7f3a"]),
        ("replce 7f3a @ 2.40", ["replace 7f3a @ 2.40"]),
    ],
)
def test_a_misspelt_word_is_offered_right_and_never_read(typed: str, offered: list[str]):
    refused = answer(typed, as_of=AS_OF)
    assert refused["status"] == "error"
    assert refused["suggestions"] == offered


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (
            "sell 5 SPY 435/440 put vertical 12/18 @ 1.05",
            [
                "sell 5 SPY 440/435 put vertical 12/18 @ 1.05",
                "sell 5 SPY 435/440 put vertical 12/18 @ 1.05 debit",
                "sell 5 SPY 435/440 put vertical 12/18 @ 1.05 credit",
            ],
        ),
        (
            "BTO 5 NVDA 180C JAN27 @ $12.40",
            ["BTO 5 NVDA 180C Jan 27 2027 @ $12.40", "BTO 5 NVDA 180C Jan 15 2027 @ $12.40"],
        ),
        (
            "buy 10 SPY 450C 12/25",
            ["buy 10 SPY 450C Dec 24 2026", "buy 10 SPY 450C Dec 28 2026"],
        ),
        (
            "BTO 1 SPY 450C 12/18 @ 3.10, STO 1 SPY 460C 12/18",
            ["BTO 1 SPY 450C 12/18 , STO 1 SPY 460C 12/18 @ 3.1"],
        ),
        (
            "buy 1 SPY 440/450/465 call butterfly 12/18 1.15",
            [
                "buy 1 SPY 440/450/465 call butterfly 12/18 1.15 debit",
                "buy 1 SPY 440/450/465 call butterfly 12/18 1.15 credit",
            ],
        ),
    ],
)
def test_every_reading_of_an_unclear_line_is_offered(typed: str, offered: list[str]):
    assert answer(typed, as_of=AS_OF)["suggestions"] == offered


@pytest.mark.parametrize(
    "typed", ["cancelled all", "buying 10 SPY 450C 12/18", "bears win 450 again", "sold 10 SPY 450C 12/18"]
)
def test_what_is_told_is_not_taken_for_a_misspelt_request(typed: str):
    refused = answer(typed, as_of=AS_OF)
    assert (refused["code"], refused["suggestions"]) == ("not_a_command", [])
