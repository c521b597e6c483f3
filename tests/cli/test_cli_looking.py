"""``quote``, ``chain``, ``expirations`` and ``positions`` as a program reads them and as a person sees them."""

import pytest

FROZEN = {"TASTYFLOW_NOW": "2026-11-20T10:00"}


def test_positions_are_in_plain_words_with_value_profit_and_total(inside):
    assert inside("order", "buy 2 SPY 450C next month @ natural", **FROZEN).code == 0
    said = inside("positions", "--json", **FROZEN).json
    (held,) = said["positions"]
    assert (held["symbol"], held["quantity"]) == ("SPY   261218C00450000", 2)
    assert held["words"] == "SPY 450 call Fri Dec 18 2026"
    assert (said["place"], said["total"]["value_usd"]) == ("FAKE", held["value_usd"])
    assert float(held["open_profit_usd"]) < 0  # half of the spread was paid
    told = inside("positions", **FROZEN).out
    assert "+2 SPY 450 call Fri Dec 18 2026" in told
    assert "FAKE" in told
    assert "total" in told


@pytest.mark.parametrize(
    ("args", "key", "words"),
    [
        (("quote", "SPY"), "quote", "bid"),
        (("quote", "SPY", "450c", "Dec", "18"), "quote", "SPY 450 call Fri Dec 18 2026"),
        (("chain", "SPY", "Dec", "18"), "chain", "Fri Dec 18 2026, 28 days · settles PM"),
        (("expirations", "SPX"), "expirations", "AM, last trade Thu Dec 17"),
    ],
)
def test_each_is_one_object_and_a_page(inside, args, key, words):
    said = inside(*args, "--json", **FROZEN)
    assert (said.code, said.json["error"]) == (0, None)
    assert said.json[key]
    assert (said.json["environment"], said.json["place"]) == ("fake", "FAKE")
    page = inside(*args, **FROZEN).out
    assert page.startswith("FAKE\n")
    assert words in page


def test_what_is_not_listed_ends_with_1_and_a_way_out(inside):
    said = inside("chain", "SPY", "Dec", "8", "2028", "--json", **FROZEN)
    assert (said.code, said.json["error"]["code"]) == (1, "expiration_not_listed")
    assert inside("quote", "of", "the", "day").code == 1


def test_the_conversation_looks_too(inside):
    said = inside("chat", typed="quote SPY\nexpirations SPY\nchain SPY\npreview buy 1 SPY 450c next month\npositions\n")
    for words in ("bid", "monthly", "strike", "Nothing was sent, and nothing is reserved", "Nothing is held"):
        assert words in said.out
