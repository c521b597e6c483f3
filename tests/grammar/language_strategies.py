"""
Hypothesis strategies: moments, and every command that the language can say.

Most commands depend on the day on which they are typed. What does not is made once, above the functions: it takes
longer to make a strategy for each example than to read the text of the example.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from tastyflow.domain import commands as asked
from tastyflow.domain.expirations import NEW_YORK, trading_day_on_or_after
from tastyflow.domain.instruments import INDEX_ROOTS, INDEXES, Right
from tastyflow.domain.strategies import SHAPES, Named, is_bought, legs_of, strategy_of
from tastyflow.domain.ticket import Duration, OrderType, PriceEffect, Strategy, TimeInForce
from tastyflow_grammar.days import MAX_DAYS_OUT
from tastyflow_grammar.meaning.sides import is_clear
from tastyflow_grammar.vocabulary import COINS, NOUNS

DEBIT, CREDIT = PriceEffect.DEBIT, PriceEffect.CREDIT
_EARLIEST, _LATEST = datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2094-12-30")
moments = st.datetimes(_EARLIEST, _LATEST, timezones=st.sampled_from([NEW_YORK, UTC]))
words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5)
our_words = "A ALL AN ANY BUY C CALL DAY DEC EXP F FOR GTC IN IT LMT MAR MAY MID NOW ON P PUT THE TY X"
our_own = st.sampled_from(our_words.split())
classes = st.builds("{}/{}".format, words, st.sampled_from("ABK"))
tickers = (words | our_own | classes).filter(lambda word: word not in COINS)
share_tickers = tickers.filter(lambda word: word not in INDEXES and word not in INDEX_ROOTS)
quantities = st.integers(1, 100_000)
HIGHEST = Decimal("999999.9999")
prices = st.decimals(Decimal("0.0001"), HIGHEST, places=4)
strikes = st.decimals(Decimal("0.001"), Decimal(1_000_000), places=3)
word_prices = st.sampled_from(["mid", "natural"])
asked_prices = prices | word_prices
references = st.from_regex(r"[0-9a-f]{0,6}[0-9][0-9a-f]{0,6}|[A-F]{4,8}|last|all", fullmatch=True)
asked_about = tickers.filter(lambda word: word not in set().union(*NOUNS.values()))
remarks = st.text(st.characters(categories=("L", "N"), include_characters=" -',"), min_size=1).filter(
    lambda text: text == text.strip(" ,") and any(character.isalnum() for character in text)
)
actions, rights, price_effects = (st.sampled_from(each) for each in (asked.AskedAction, Right, PriceEffect))
maybe_an_effect = st.none() | price_effects
order_types = st.none() | st.sampled_from(OrderType)
units, leg_quantities = st.integers(1, 50_000), st.sampled_from([1, 2, 100, 200]) | quantities
days_ahead = st.integers(0, MAX_DAYS_OUT - 60)
days_out, few_days_out = (st.integers(2, most).map(asked.DaysOut) for most in (MAX_DAYS_OUT, 400))
plainly_lasting = st.sampled_from([each for each in Duration if each is not Duration.GTD]).map(TimeInForce)
named_strategies = st.sampled_from(list(SHAPES))
shares = st.builds(asked.AskedShares, share_tickers)
struck = st.lists(strikes, min_size=1, max_size=3)
pricings = (
    st.sampled_from([(None, None, None, None), (OrderType.MARKET, None, None, None)])
    | st.tuples(st.just(OrderType.LIMIT), asked_prices, maybe_an_effect, st.none())
    | st.tuples(st.just(OrderType.STOP), st.none(), st.none(), prices)
    | st.tuples(st.just(OrderType.STOP_LIMIT), prices, maybe_an_effect, prices)
)
maybe_a_quantity = st.none() | quantities
held_parts = st.sampled_from(asked.HeldPart)
CLOSING = {asked.AskedAction.CLOSE, asked.AskedAction.BUY_TO_CLOSE, asked.AskedAction.SELL_TO_CLOSE}
closing_units, closing_quantities = units | held_parts, quantities | held_parts


@cache
def rows(count: int) -> st.SearchStrategy[set[Decimal]]:
    """So many strikes, each another one."""
    return st.sets(strikes, min_size=count, max_size=count)


def days(today: date) -> st.SearchStrategy[date]:
    """Trading days to come, and not too far."""
    return days_ahead.map(lambda days: trading_day_on_or_after(today + timedelta(days)))


def most_of(legs: tuple[asked.AskedLeg, ...], strategy: Strategy) -> Decimal:
    """What an order can cost, told a second time: the widest pair of neighbours, or the strike of a put."""
    options = [leg.instrument for leg in legs if isinstance(leg.instrument, asked.AskedOption)]
    match strategy, sorted({option.strike for option in options}):
        case Strategy.SINGLE, [strike] if options[0].right is Right.PUT:
            most = strike
        case Strategy.VERTICAL, [low, high]:
            most = high - low
        case Strategy.BUTTERFLY | Strategy.IRON_BUTTERFLY, [low, middle, high]:
            most = max(middle - low, high - middle)
        case Strategy.IRON_CONDOR, [low, middle, upper, high]:
            most = max(middle - low, high - upper)
        case _:
            most = HIGHEST
    return min(most, HIGHEST)


def payable(legs: tuple[asked.AskedLeg, ...], strategy: Strategy) -> st.SearchStrategy[Decimal]:
    """Prices that such an order can have."""
    most = most_of(legs, strategy)
    return prices if most == HIGHEST else st.decimals(Decimal("0.0001"), most, places=4)


def times_in_force(today: date) -> st.SearchStrategy[TimeInForce]:
    return plainly_lasting | days(today).map(lambda day: TimeInForce(Duration.GTD, day))


def instruments(today: date) -> st.SearchStrategy[asked.AskedShares | asked.AskedOption]:
    return shares | st.builds(asked.AskedOption, tickers, rights, strikes, days(today) | days_out)


@st.composite
def orders(draw: st.DrawFn, today: date) -> asked.PlaceOrder:
    """Any order of one leg."""
    action = draw(actions)
    many = closing_quantities if action in CLOSING else quantities
    leg = asked.AskedLeg(action, draw(many), draw(instruments(today)))
    kind = draw(order_types)
    limited = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    side = {"buy": PriceEffect.DEBIT, "sell": PriceEffect.CREDIT}.get(action.value.partition("_")[0])
    effect = side or draw(maybe_an_effect)
    figures = payable((leg,), Strategy.SINGLE)
    price = draw(figures if kind is OrderType.STOP_LIMIT else figures | word_prices) if limited else None
    stop = draw(figures) if kind in (OrderType.STOP, OrderType.STOP_LIMIT) else None
    return asked.PlaceOrder(
        (leg,), Strategy.SINGLE, kind, price, effect if limited else None, stop, draw(times_in_force(today))
    )


def priced(draw: st.DrawFn, today: date, legs: tuple[asked.AskedLeg, ...], strategy: Strategy):
    """An order of several legs at any price that goes with them."""
    kind = draw(order_types)
    limited = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    sure, closing = is_bought(legs), all(leg.action is asked.AskedAction.CLOSE for leg in legs)
    effects = price_effects if sure is None else st.just(DEBIT if sure else CREDIT)
    effect = draw(st.none() | effects if closing else effects) if limited else None
    figures = payable(legs, strategy)
    price = draw(figures if kind is OrderType.STOP_LIMIT else figures | word_prices) if limited else None
    stop = draw(figures) if kind in (OrderType.STOP, OrderType.STOP_LIMIT) else None
    return asked.PlaceOrder(legs, strategy, kind, price, effect, stop, draw(times_in_force(today)))


@st.composite
def names(draw: st.DrawFn, today: date, strategy: Strategy) -> Named:
    """What a strategy's name is applied to: strikes that rise or fall, expirations in any order."""
    shape = SHAPES[strategy]
    rising = sorted(draw(rows(shape.strikes)))
    several = draw(st.sampled_from([days_out, days(today)]))
    ends = draw(st.lists(several, min_size=shape.expirations, max_size=shape.expirations, unique=True))
    right = draw(rights) if shape.one_right else None
    return Named(draw(tickers), tuple(draw(st.sampled_from([rising, rising[::-1]]))), tuple(ends), right)


@st.composite
def spreads(draw: st.DrawFn, today: date) -> asked.PlaceOrder:
    """A strategy that has a name, on any side that the name is clear on, or that leg by leg would say."""
    strategy, side = draw(named_strategies), draw(actions)
    named = draw(names(today, strategy))
    legs = legs_of(strategy, side, draw(closing_units if side in CLOSING else units), named)
    nameless = side is asked.AskedAction.CLOSE and not is_clear(strategy, side, named)
    return priced(draw, today, legs, Strategy.CUSTOM if nameless else strategy)


@st.composite
def limited_spreads(draw: st.DrawFn, today: date) -> asked.PlaceOrder:
    """A strategy under its name, at a limit below its strikes."""
    strategy = draw(named_strategies)
    named = draw(names(today, strategy))
    side = draw(st.sampled_from([side for side in asked.AskedAction if is_clear(strategy, side, named)]))
    legs = legs_of(strategy, side, draw(units), named)
    sure = is_bought(legs)
    effect = draw(price_effects) if sure is None else DEBIT if sure else CREDIT
    below = min(min(named.strikes) - Decimal("0.0001"), most_of(legs, strategy))
    price = draw(st.decimals(Decimal("0.0001"), below, places=4) if min(named.strikes) > 1 else st.just("mid"))
    return asked.PlaceOrder(legs, strategy, OrderType.LIMIT, price, effect, None, draw(times_in_force(today)))


@st.composite
def typed_legs(draw: st.DrawFn, today: date) -> asked.PlaceOrder:
    """Two to four legs on one underlying, whatever they make together."""
    symbol = draw(share_tickers)
    expirations = draw(st.lists(days(today) | few_days_out, min_size=1, max_size=2))
    option = st.builds(
        asked.AskedOption,
        st.just(symbol),
        rights,
        st.sampled_from(draw(struck)),
        st.sampled_from(expirations),
    )
    instrument = option | st.just(asked.AskedShares(symbol))
    leg = st.builds(asked.AskedLeg, actions, leg_quantities, instrument) | st.builds(
        asked.AskedLeg, st.sampled_from(sorted(CLOSING)), held_parts, instrument
    )
    legs = tuple(draw(st.lists(leg, min_size=2, max_size=4, unique_by=lambda each: each.instrument)))
    return priced(draw, today, legs, strategy_of(legs))


@st.composite
def replacements(draw: st.DrawFn, today: date) -> asked.ReplaceOrder:
    """Any change of an order, of at least one thing."""
    pricing = draw(pricings)
    quantity = draw(quantities if pricing[0] is None else maybe_a_quantity)
    return asked.ReplaceOrder(draw(references), quantity, *pricing, draw(st.none() | times_in_force(today)))


@cache
def requests() -> st.SearchStrategy[asked.Command]:
    """Everything else that can be asked."""
    about = [asked.CancelOrder, asked.ShowStatus, asked.ApproveOrder, asked.RejectOrder]
    alone = [asked.ListOrders, asked.ListApprovals, asked.ShowPositions, asked.ShowBalance, asked.ShowHelp]
    return (
        st.builds(lambda kind, reference: kind(reference), st.sampled_from(about), references)
        | st.just(asked.CancelOrder("all", everyone=True))
        | st.builds(asked.Flatten, st.none() | tickers, held_parts)
        | st.sampled_from(alone).map(lambda kind: kind())
        | st.builds(asked.RejectOrder, references, remarks)
        | st.builds(asked.HaltTrading, st.none() | remarks, st.booleans())
        | st.builds(asked.ResumeTrading, st.none() | remarks)
        | st.builds(asked.ListExpirations, asked_about)
    )


def questions(today: date) -> st.SearchStrategy[asked.Command]:
    """What depends on the day, and orders nothing."""
    expirations = days(today) | days_out
    options = st.builds(asked.AskedOption, tickers, rights, strikes, expirations)
    quoted = options | asked_about.map(asked.AskedShares)
    return quoted.map(asked.ShowQuote) | st.builds(asked.ShowChain, asked_about, st.none() | expirations)


def commands(today: date) -> st.SearchStrategy[asked.Command]:
    """Every command."""
    ordered = orders(today) | spreads(today) | typed_legs(today)
    return ordered | ordered.map(asked.PreviewOrder) | questions(today) | replacements(today) | requests()
