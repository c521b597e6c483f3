"""Symbols read and written both ways, and prices on their ticks."""

from contextlib import suppress
from datetime import date
from decimal import ROUND_DOWN, ROUND_UP, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tastyflow.domain.instruments import (
    CLASS_ROOTS,
    EQUITY_TICKS,
    INDEX_ROOTS,
    INDEXES,
    EquityOption,
    Right,
    Tick,
    TickRule,
    chat_symbol,
    from_occ,
    from_streamer,
    net_ticks,
    option_roots,
    plain,
    underlying_of,
    venue_symbol,
)
from tastyflow.errors import Invalid
from tests.domain.strategies import EQUITIES, INSTRUMENTS, OPTIONS, SYMBOLS

PENNY = TickRule((Tick(Decimal("0.01"), below=Decimal(3)), Tick(Decimal("0.05"))))
NICKEL = TickRule((Tick(Decimal("0.05"), below=Decimal(3)), Tick(Decimal("0.10"))))
PENNIES_ALL_THE_WAY = TickRule((Tick(Decimal("0.01")),))
RULES = st.sampled_from([PENNY, NICKEL, PENNIES_ALL_THE_WAY, EQUITY_TICKS])
PRICES = st.integers(0, 200_000).map(lambda n: Decimal(n) / 10_000)

FAMOUS = [
    ("SPY   261218C00450000", ".SPY261218C450", "SPY", "SPY"),
    ("AAPL  220617P00150000", ".AAPL220617P150", "AAPL", "AAPL"),
    ("SPXW  220520C04025000", ".SPXW220520C4025", "SPXW", "SPX"),
    ("SPX   221118C04025000", ".SPX221118C4025", "SPX", "SPX"),
    ("SPY   240324P00480250", ".SPY240324P480.25", "SPY", "SPY"),  # the SDK makes 22 characters of it
    ("SPY   240324P00480500", ".SPY240324P480.5", "SPY", "SPY"),
    ("BRKB  250620C00200000", ".BRKB250620C200", "BRKB", "BRK/B"),
    ("BFB   261218P00060000", ".BFB261218P60", "BFB", "BF/B"),
    ("BRK/B 260618C00500000", ".BRK/B260618C500", "BRK/B", "BRK/B"),  # as older orders are stored
    ("AAPL7 261218C00100000", ".AAPL7261218C100", "AAPL7", "AAPL"),  # adjusted: the root has a digit
    ("F     270115C00012350", ".F270115C12.35", "F", "F"),
    ("NDXP  261218P12345000", ".NDXP261218P12345", "NDXP", "NDX"),
    ("XSP   261218P00000500", ".XSP261218P0.5", "XSP", "XSP"),
]


# Options


@pytest.mark.parametrize(("occ", "streamer", "root", "underlying"), FAMOUS)
def test_famous_options_are_spelt_as_the_world_spells_them(occ, streamer, root, underlying):
    option = from_occ(occ)
    assert isinstance(option, EquityOption)
    assert (option.occ, option.streamer) == (occ, streamer)
    assert (option.root, option.underlying) == (root, underlying)
    assert from_streamer(streamer) == option
    assert option.multiplier == 100


def test_an_occ_symbol_says_day_right_and_strike():
    assert from_occ("SPY   240324P00480250") == EquityOption("SPY", date(2024, 3, 24), Right.PUT, Decimal("480.25"))


@given(OPTIONS)
def test_an_occ_symbol_has_21_characters_always(option):
    assert len(option.occ) == 21


@given(INSTRUMENTS)
def test_every_instrument_is_read_back_from_the_wire(instrument):
    assert from_occ(instrument.occ) == instrument


@given(INSTRUMENTS)
def test_every_instrument_is_read_back_from_the_stream(instrument):
    assert from_streamer(instrument.streamer) == instrument


@given(OPTIONS, OPTIONS)
def test_two_options_never_share_a_symbol(one, other):
    assume(one != other)
    assert one.occ != other.occ
    assert one.streamer != other.streamer


@given(OPTIONS, st.integers(0, 3))
def test_a_strike_spelt_with_zeros_is_the_same_strike(option, zeros):
    same = EquityOption(option.root, option.expiration, option.right, Decimal(f"{option.strike:.3f}" + "0" * zeros))
    assert (same, hash(same)) == (option, hash(option))
    assert (same.occ, same.streamer) == (option.occ, option.streamer)


# Shares


@given(EQUITIES)
def test_shares_are_spelt_alike_everywhere_and_count_one_by_one(equity):
    assert equity.occ == equity.streamer == equity.underlying == equity.symbol
    assert equity.multiplier == 1


@given(SYMBOLS)
def test_class_shares_have_a_dot_in_chat_and_a_slash_on_the_wire(symbol):
    assert venue_symbol(chat_symbol(symbol)) == symbol
    assert "/" not in chat_symbol(symbol)


def test_brk_b_is_written_with_a_dot_by_traders():
    assert venue_symbol("brk.b") == "BRK/B"
    assert chat_symbol("BRK/B") == "BRK.B"


@pytest.mark.parametrize(
    ("root", "underlying"),
    [
        ("SPXW", "SPX"),
        ("RUTW", "RUT"),
        ("VIXW", "VIX"),
        ("NDXP", "NDX"),
        ("AAPL7", "AAPL"),
        ("BRKB", "BRK/B"),
        ("BFB", "BF/B"),
        ("BRK/B", "BRK/B"),
        ("MOGA", "MOGA"),  # a class that is not known is not guessed from its spelling
    ],
)
def test_a_root_names_its_underlying(root, underlying):
    assert underlying_of(root) == underlying


KNOWN = sorted({*INDEXES, *CLASS_ROOTS.values(), "SPY", "F", "A"})


@pytest.mark.parametrize("underlying", KNOWN)
def test_the_roots_of_an_underlying_name_it_back(underlying):
    roots = option_roots(underlying)
    assert len(set(roots)) == len(roots) >= 1
    assert {underlying_of(root) for root in roots} == {underlying}


@pytest.mark.parametrize("root", sorted({*INDEX_ROOTS, *CLASS_ROOTS, *(INDEXES - {"XEO"}), "SPY", "F"}))
def test_a_standard_root_is_among_the_roots_of_its_underlying(root):
    assert root in option_roots(underlying_of(root))


@given(SYMBOLS)
def test_an_underlying_without_a_table_entry_has_one_root_its_own_name(symbol):
    assume(symbol not in {*INDEXES, *CLASS_ROOTS.values()})
    assert option_roots(symbol) == (symbol,)


def test_no_root_has_two_underlyings():
    assert not set(INDEX_ROOTS) & set(CLASS_ROOTS)


@given(st.sampled_from(sorted({*CLASS_ROOTS, *INDEX_ROOTS})), OPTIONS)
def test_a_root_of_another_name_is_spelt_with_its_root_and_known_by_its_underlying(root, other):
    option = EquityOption(root, other.expiration, other.right, other.strike)
    assert option.occ.startswith(f"{root:<6}")
    assert option.streamer.startswith(f".{root}{option.expiration:%y}")
    for read in (from_occ(option.occ), from_streamer(option.streamer)):
        assert (read, read.underlying) == (option, underlying_of(root))


@pytest.mark.parametrize(
    ("root", "ticker", "words"),
    [("BRKB", "BRK/B", "BRK.B "), ("BFB", "BF/B", "BF.B "), ("SPXW", "SPXW", "SPXW "), ("SPY", "SPY", "SPY ")],
)
def test_a_trader_types_the_root_and_of_class_shares_the_shares(root, ticker, words):
    option = EquityOption(root, date(2026, 12, 18), Right.CALL, Decimal(60))
    assert option.ticker == ticker
    assert option.in_words() == f"{words}60 call Dec 18 2026"


# What is no instrument


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        " ",
        "spy",
        "TOOLONGX",
        "7SPY",
        "BRK.B",
        "BRK/",
        "BRK/BBB",
        "SPY 261218C00450000",  # one blank: copied from a web page
        "SPY   261218C0045000",
        "SPY   261218X00450000",
        "  SPY 261218C00450000",
        "      261218C00450000",
        "SP Y  261218C00450000",
        "SPY   261318C00450000",  # a thirteenth month
        "SPY   260229C00450000",  # no leap year
        "SPY   261218C00000000",  # strike zero
        "SPY   ٢٦١٢١٨C00450000",  # digits, but not ours
        "SPY\n",
        "SPY   261218C00450000\n",
    ],
)
def test_what_is_no_symbol_on_the_wire_is_invalid(wrong):
    with pytest.raises(Invalid):
        from_occ(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        ".",
        ".SPY",
        ".SPY261218C",
        ".SPY261318C450",
        ".SPY261218C0",
        ".SPY261218C4.1234",
        ".SPY261218C450.",
        ".7SPY261218C450",
        ".SPY261218C٤٥٠",
        ".SPY261218c450",
        "SPY261218C450",
        ".TOOLONG261218C450",
    ],
)
def test_what_is_no_symbol_of_the_stream_is_invalid(wrong):
    with pytest.raises(Invalid):
        from_streamer(wrong)


@given(st.text(max_size=25))
def test_whatever_the_text_it_is_an_instrument_or_invalid(text):
    for read in (from_occ, from_streamer):
        with suppress(Invalid):
            read(text)


@pytest.mark.parametrize("strike", ["0", "-1", "100000", "0.0001", "450.1234", "NaN", "sNaN", "Infinity", "1E+999999"])
def test_a_strike_that_no_symbol_can_spell_is_invalid(strike):
    with pytest.raises(Invalid, match="strike"):
        EquityOption("SPY", date(2026, 12, 18), Right.CALL, Decimal(strike))


@pytest.mark.parametrize(("thousandths", "occ"), [(1, "00000001"), (99_999_999, "99999999")])
def test_the_least_and_the_greatest_strike_have_symbols(thousandths, occ):
    option = EquityOption("SPY", date(2026, 12, 18), Right.CALL, Decimal(thousandths) / 1000)
    assert option.occ.endswith(occ)


@pytest.mark.parametrize("year", [1999, 2100, 2126])
def test_an_option_of_another_century_would_share_a_symbol_and_is_invalid(year):
    with pytest.raises(Invalid, match="2000 to 2099"):
        EquityOption("SPY", date(year, 12, 18), Right.CALL, Decimal(450))


@pytest.mark.parametrize("root", ["BRK/BB7", "GOOGL/B", "", "SP Y", "1SPY"])
def test_a_root_has_six_characters_at_most(root):
    with pytest.raises(Invalid, match="option root"):
        EquityOption(root, date(2026, 12, 18), Right.CALL, Decimal(450))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**9))
def test_a_decimal_written_plainly_is_the_same_decimal(number):
    text = plain(number)
    assert Decimal(text) == number
    assert "E" not in text
    assert not (text.endswith("0") and "." in text)


@pytest.mark.parametrize(("number", "text"), [("2.50", "2.5"), ("1E+3", "1000"), ("100", "100"), ("0.0", "0")])
def test_decimals_are_written_without_exponent_and_idle_zeros(number, text):
    assert plain(Decimal(number)) == text


# Ticks


@pytest.mark.parametrize(
    ("rule", "price", "size"),
    [
        (PENNY, "2.99", "0.01"),
        (PENNY, "3.00", "0.05"),  # the threshold entry applies below it
        (PENNY, "3.05", "0.05"),
        (EQUITY_TICKS, "0.9999", "0.0001"),
        (EQUITY_TICKS, "1.00", "0.01"),
        (EQUITY_TICKS, "450.12", "0.01"),
        (NICKEL, "2.95", "0.05"),
        (NICKEL, "3.00", "0.10"),
    ],
)
def test_a_threshold_entry_applies_below_it(rule, price, size):
    assert rule.size_at(Decimal(price)) == Decimal(size)


@pytest.mark.parametrize(
    ("rule", "price", "allowed"),
    [
        (PENNY, "2.99", True),
        (PENNY, "3.00", True),
        (PENNY, "3.01", False),
        (PENNY, "3.05", True),
        (PENNY, "2.995", False),
        (EQUITY_TICKS, "0.9999", True),
        (EQUITY_TICKS, "0.99995", False),
        (EQUITY_TICKS, "1.00", True),
        (EQUITY_TICKS, "1.0001", False),
    ],
)
def test_a_price_stands_on_a_tick_or_does_not(rule, price, allowed):
    assert rule.allows(Decimal(price)) is allowed


@pytest.mark.parametrize(
    ("underlying", "price", "allowed"),
    [
        ("SPX", "2.04", False),
        ("SPX", "2.05", True),
        ("SPX", "2.06", False),
        ("SPX", "0.05", True),
        ("SPX", "0.04", False),
        ("XSP", "2.04", True),
        ("NDX", "2.04", True),
        ("BRK/B", "2.04", True),
        ("SPY", "2.005", False),
    ],
)
def test_net_prices_go_by_cents_and_by_nickels_on_spx(underlying, price, allowed):
    assert net_ticks(underlying).allows(Decimal(price)) is allowed


@pytest.mark.parametrize(
    ("price", "down", "up"),
    [("2.994", "2.99", "3.00"), ("2.996", "2.99", "3.00"), ("3.00", "3.00", "3.00"), ("3.04", "3.00", "3.05")],
)
def test_snapping_crosses_the_threshold_onto_a_tick_of_both_sides(price, down, up):
    assert (PENNY.down(Decimal(price)), PENNY.up(Decimal(price))) == (Decimal(down), Decimal(up))


@given(RULES, PRICES)
def test_down_and_up_are_the_nearest_ticks_around_a_price(rule, price):
    down, up = rule.down(price), rule.up(price)
    assert down <= price <= up
    assert rule.allows(down)
    assert rule.allows(up)
    assert (down == price == up) == rule.allows(price)
    assert up - down <= rule.size_at(price)
    assert rule.down(down) == down
    assert rule.up(up) == up


@given(RULES, PRICES)
def test_no_tick_lies_between_down_and_up(rule, price):
    between = [Decimal(n) / 10_000 for n in range(int(rule.down(price) * 10_000) + 1, int(rule.up(price) * 10_000))]
    assert not any(map(rule.allows, between))


@given(st.integers(0, 200_000), st.sampled_from([ROUND_DOWN, ROUND_UP]))
def test_a_rule_of_one_step_rounds_as_decimals_do(ten_thousandths, rounding):
    price = Decimal(ten_thousandths) / 10_000
    snapped = PENNIES_ALL_THE_WAY.down(price) if rounding == ROUND_DOWN else PENNIES_ALL_THE_WAY.up(price)
    assert snapped == price.quantize(Decimal("0.01"), rounding)


@pytest.mark.parametrize(
    "ticks",
    [
        (),
        (Tick(Decimal("0.01"), below=Decimal(3)),),  # nothing for higher prices
        (Tick(Decimal("0.01")), Tick(Decimal("0.05"))),
        (Tick(Decimal("0.01")), Tick(Decimal("0.05"), below=Decimal(3))),
        (Tick(Decimal(0)),),
        (Tick(Decimal("-0.01")),),
        (Tick(Decimal("0.01"), below=Decimal(5)), Tick(Decimal("0.05"), below=Decimal(3)), Tick(Decimal("0.10"))),
        (Tick(Decimal("0.01"), below=Decimal(3)), Tick(Decimal("0.05"), below=Decimal(3)), Tick(Decimal("0.10"))),
        (Tick(Decimal("0.01"), below=Decimal("3.01")), Tick(Decimal("0.05"))),  # 3.01 is no tick of the higher band
        (Tick(Decimal("0.07"), below=Decimal(3)), Tick(Decimal("0.01"))),  # 3.00 is no tick of the lower band
    ],
)
def test_a_rule_with_gaps_or_without_end_is_invalid(ticks):
    with pytest.raises(Invalid):
        TickRule(ticks)
