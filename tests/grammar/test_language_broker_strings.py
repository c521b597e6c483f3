"""An order as a broker's platform writes it means what that platform means, and no other line is taken for one."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from language_corpus import rows

from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, PlaceOrder
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import Right
from tastyflow.domain.strategies import Named, legs_of
from tastyflow.domain.ticket import Duration, OrderType, Strategy, TimeInForce
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import answer, complete, language, parse, render
from tastyflow_grammar.language import prepared
from tastyflow_grammar.reading.broker_strings import in_ordinary_words
from tastyflow_grammar.reading.line import read_line

AS_OF = datetime(2026, 11, 19, 10, tzinfo=NEW_YORK)
DAYS = {
    "27 NOV 26": date(2026, 11, 27),
    "4 DEC 26": date(2026, 12, 4),
    "18 DEC 26": date(2026, 12, 18),
    "15 JAN 27": date(2027, 1, 15),
    "21 JAN 28": date(2028, 1, 21),
}
SYMBOLS = ["SPY", "SPXW", "F", "C", "A", "O", "ON", "ALL", "GM", "MAR", "DAY", "LMT", "STP", "CALL", "PUT", "IN/A"]
SIDED = (Strategy.STRADDLE, Strategy.STRANGLE, Strategy.IRON_CONDOR)
STRIKES = {
    Strategy.SINGLE: 1,
    Strategy.VERTICAL: 2,
    Strategy.BUTTERFLY: 3,
    Strategy.CALENDAR: 1,
    Strategy.STRADDLE: 1,
    Strategy.STRANGLE: 2,
    Strategy.IRON_CONDOR: 4,
}
PRICES = {"": None, "@.05 LMT": OrderType.LIMIT, "@.05": OrderType.LIMIT, "@MKT": OrderType.MARKET}
OF_SINGLES = PRICES | {"@.05 STP": OrderType.STOP}
LASTING = {"": Duration.DAY, " DAY": Duration.DAY, " GTC": Duration.GTC}


@frozen
class Ticket:
    """A string of thinkorswim, and the order that it is."""

    text: str
    legs: tuple[AskedLeg, ...]
    order_type: OrderType | None
    lasting: Duration


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    strategy, right = draw(st.sampled_from(list(STRIKES))), draw(st.sampled_from(Right))
    symbol, count = draw(st.sampled_from(SYMBOLS)), draw(st.integers(1, 50_000))
    buys = strategy is not Strategy.IRON_CONDOR and draw(st.booleans())
    days = draw(st.permutations(list(DAYS)))[: 2 if strategy is Strategy.CALENDAR else 1]
    strikes = _strikes(strategy, right, draw(st.integers(1, 2_000)), draw(st.sampled_from(["1", "2.5", "26", "100"])))
    sign = "+" if buys else draw(st.sampled_from("-\u2212\u2013"))
    effect = draw(st.sampled_from(["", "open", "close"]))
    price = draw(st.sampled_from(list(OF_SINGLES if strategy is Strategy.SINGLE else PRICES)))
    lasting = draw(st.sampled_from(list(LASTING)))
    name = "" if strategy is Strategy.SINGLE else strategy.replace("_", " ").upper() + " "
    contract = symbol + draw(st.sampled_from(["", " 100", " 100 (Weeklys)"]))
    text = (
        f"{'BUY' if buys else 'SELL'} {sign}{count} {name}{contract}"
        f" {'/'.join(days)} {'/'.join(strikes)} {'CALL/PUT' if strategy in SIDED else right.upper()}"
        f" {price}{lasting if price else ''}{f' [TO {effect.upper()}]' if effect else ''}"
    )
    side = AskedAction(("buy" if buys else "sell") + (f"_to_{effect}" if effect else ""))
    named = Named(
        symbol,
        tuple(map(Decimal, strikes)),
        tuple(DAYS[day] for day in days),
        None if strategy in SIDED else right,
    )
    respelt = draw(st.sampled_from([str, str.lower]))(text)
    return Ticket(respelt, _legs(strategy, side, count, named), OF_SINGLES[price], LASTING[lasting if price else ""])


def _strikes(strategy: Strategy, right: Right, lowest: int, wide: str) -> list[str]:
    """As the platform lists them: calls and then puts, each the nearest first; of one right the dearest first."""
    rising = [f"{lowest + Decimal(wide) * at:f}" for at in range(STRIKES[strategy])]
    if strategy is Strategy.IRON_CONDOR:
        return [rising[2], rising[3], rising[1], rising[0]]
    return rising[::-1] if strategy is Strategy.STRANGLE or right is Right.PUT else rising


def _legs(strategy: Strategy, side: AskedAction, count: int, named: Named) -> tuple[AskedLeg, ...]:
    if strategy is not Strategy.SINGLE:
        return legs_of(strategy, side, count, named)
    assert named.right
    option = AskedOption(named.underlying, named.right, named.strikes[0], named.expirations[0])
    return (AskedLeg(side, count, option),)


@settings(deadline=None)
@given(tickets())
def test_a_ticket_is_the_order_that_its_platform_means(ticket: Ticket):
    order = parse(ticket.text, as_of=AS_OF)
    assert isinstance(order, PlaceOrder)
    assert order.legs == ticket.legs
    assert (order.order_type, order.time_in_force) == (ticket.order_type, TimeInForce(ticket.lasting))
    assert parse(render(order), as_of=AS_OF) == order
    assert parse(prepared(ticket.text).rewritten, as_of=AS_OF) == order


TICKET = "  BUY +10 VERTICAL SPY 100 18 DEC 26 450/455 CALL @1.20 LMT GTC thx"


@pytest.mark.parametrize(
    ("typed", "instead", "code", "at_fault"),
    [
        ("+10", "-10", "conflict", "-10"),
        ("+10", "\u221210", "conflict", "\u221210"),
        ("+10", "+0", "bad_quantity", "0"),
        ("SPY 100", "SPY 10", "unsupported", "10"),
        ("SPY 100", "SPY 150", "unsupported", "150"),
        ("18 DEC 26", "19 DEC 26", "not_a_trading_day", "19 DEC 26"),
        ("18 DEC 26", "18 DEC 25", "expired", "18 DEC 25"),
        ("18 DEC 26", "18 DCE 26", "syntax", "DCE"),
        ("450/455", "450/9999999", "bad_strike", "450/9999999"),
        ("450/455", "455/450", "ambiguous", "455/450"),
        ("@1.20", "@0", "bad_price", "0"),
        ("LMT", "MKT", "conflict", "1.20"),
        ("GTC", "GTC [TO OPEN] DAY", "conflict", "DAY"),
        ("SPY", "BTC", "unsupported", "BTC"),
    ],
)
def test_a_refusal_of_a_ticket_points_at_what_is_wrong_in_the_text_as_typed(typed, instead, code, at_fault):
    text = TICKET.replace(typed, instead, 1)
    with pytest.raises(NotUnderstood) as refused:
        parse(text, as_of=AS_OF)
    start, end = refused.value.span
    assert (refused.value.code, text[start:end]) == (code, at_fault)


@settings(deadline=None)
@given(st.data(), tickets())
def test_every_span_lies_within_the_text_as_typed_and_every_suggestion_is_in_ordinary_words(data, ticket: Ticket):
    words = ticket.text.split(" ")
    at = data.draw(st.integers(0, len(words) - 1))
    words[at : at + 1] = data.draw(st.sampled_from([[], ["0"], ["19"], ["PUT"], ["MKT"], ["+1"], ["/"], ["9999999"]]))
    text = data.draw(st.sampled_from(["", " ", "**"])) + " ".join(words)
    told = answer(text, as_of=AS_OF)
    start, end = told.get("span", (0, 0))
    assert 0 <= start <= end <= len(text)
    assert all(parse(suggestion, as_of=AS_OF) for suggestion in told.get("suggestions", ()))


@settings(deadline=None)
@given(st.text("BUYSELL +-10/@.CPALTGM[]()\u2212\u00d7 \t", max_size=60) | tickets().map(lambda ticket: ticket.text))
def test_the_rewriting_is_total_and_pure_and_rewrites_its_own_words_to_themselves(text: str):
    line = read_line(text)
    once = in_ordinary_words(line)
    assert in_ordinary_words(line) == once
    assert once.rewritten or once is line
    again = in_ordinary_words(read_line(once.rewritten))
    assert again.rewritten in ("", once.rewritten)


def test_what_ordinary_words_say_is_said_by_no_rewriting_otherwise(monkeypatch: pytest.MonkeyPatch):
    """``+10 SPY 18 DEC 26 450 CALL`` is an order with and without."""
    signed = [row for row in rows() if prepared_or_none(row.text)]
    rewritten = {row.id: render(parse(row.text, as_of=row.as_of)) for row in signed if row.understood}
    monkeypatch.setattr(language, "in_ordinary_words", lambda line: line)
    plain = {}
    for row in signed:
        try:
            plain[row.id] = render(parse(row.text, as_of=row.as_of))
        except NotUnderstood:
            continue
    both = plain.keys() & rewritten.keys()
    assert len(both) > 10
    assert {each: plain[each] for each in both} == {each: rewritten[each] for each in both}


def prepared_or_none(text: str) -> str:
    try:
        return prepared(text).rewritten
    except language.LanguageFault:
        return ""


@pytest.mark.parametrize(
    "text",
    [
        "buy 10 SPY 450C 12/18",
        "BUY 10 VERTICAL SPY 100 18 DEC 26 450/455 CALL @1.20 LMT",
        "BUY +10 VERTICAL SPY 100 18 DEC 26 450 CALL @1.20 LMT",
        "BUY +10 VERTICAL SPY 100 18 DEC 26/15 JAN 27 450/455 CALL @1.20 LMT",
        "BUY +10 SPY 100 18 DEC 26 450 CALL/PUT @1.20 LMT",
        "BUY +10 SPY 100 18 DEC 26 450 CALL @1.20 LMT, thanks for the fill",
        "BUY +10 SPY 100 18 DEC 26 450 CALL @1.20 LMT; cancel all",
        "BUY +10 SPY 100 18 DEC 26 [AM] 450 CALL @1.20 LMT",
        "BUY +1 1/2 BACKRATIO SPY 100 18 DEC 26 650/660 CALL @1.20 LMT",
        "BOT +10 SPY 100 18 DEC 26 450 CALL @1.20",
        "SOLD -1 IRON CONDOR SPX 100 18 DEC 26 6500/6525/6400/6375 CALL/PUT @3.20",
        "he said BUY +10 SPY 100 18 DEC 26 450 CALL @1.20 LMT",
        "- SPY261218C450",
        "-SPY261218C450 expired worthless",
        "+10 today",
    ],
)
def test_a_line_that_is_no_such_string_as_a_whole_is_untouched(text: str):
    line = read_line(text)
    assert in_ordinary_words(line) is line


def test_an_answer_changes_a_ticket_in_ordinary_words():
    ticket = "BUY +10 VERTICAL SPY 100 18 DEC 26 450/455 CALL @1.20 LMT GTC"
    whole = complete("@ 1.25", answering=ticket, as_of=AS_OF).line
    assert render(parse(whole, as_of=AS_OF)) == ("buy 10 SPY 450/455 call vertical Fri Dec 18 2026 @ 1.25 debit gtc")


@pytest.mark.parametrize("sign", "\u2212\u2013\u2014")
def test_a_dash_before_a_figure_is_a_minus_sign_behind_a_verb_and_in_a_ticket(sign: str):
    assert parse(f"sell {sign}5 F 12p 12/18", as_of=AS_OF) == parse("sell 5 F 12p 12/18", as_of=AS_OF)
    assert parse(f"{sign}5 F 18 DEC 26 12 PUT", as_of=AS_OF) == parse("-5 F 18 DEC 26 12 PUT", as_of=AS_OF)
    with pytest.raises(NotUnderstood) as refused:
        parse(f"{sign}5 F 12p 12/18", as_of=AS_OF)
    assert (refused.value.code, refused.value.suggestions) == ("ambiguous", ("-5 F 12p 12/18",))
    legs = "-2 F 12p 12/18 +2 F 11p 12/18 @ .10 cr"
    assert parse(legs.replace("-", sign), as_of=AS_OF) == parse(legs, as_of=AS_OF)
    with pytest.raises(NotUnderstood) as refused:
        parse(f"buy {sign}5 F 12p 12/18", as_of=AS_OF)
    assert (refused.value.code, refused.value.suggestions) == ("conflict", ())
