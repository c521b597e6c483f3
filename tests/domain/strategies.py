"""What Hypothesis draws: instruments, prices and tickets that the rules allow."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from tastyflow.domain.instruments import Equity, EquityOption, Right, underlying_of
from tastyflow.domain.ticket import ONE_LEG_TYPES, Action, Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
SYMBOLS = st.one_of(
    st.sampled_from(["SPY", "F", "BRK/B", "BRKB", "BF/A", "SPXW", "NDXP", "AAPL7", "GOOGL"]),
    st.from_regex(r"[A-Z][A-Z0-9]{0,5}(/[A-Z]{1,2})?", fullmatch=True),
)
ROOTS = SYMBOLS.filter(lambda symbol: len(symbol) <= 6)
STRIKES = st.one_of(
    st.integers(1, 99_999_999).map(lambda thousandths: Decimal(thousandths) / 1000),
    st.sampled_from([Decimal("0.5"), Decimal("42.25"), Decimal("480.125"), Decimal(4025)]),
)
OPTIONS = st.builds(EquityOption, ROOTS, DAYS, st.sampled_from(Right), STRIKES)
EQUITIES = st.builds(Equity, SYMBOLS)
INSTRUMENTS = st.one_of(EQUITIES, OPTIONS)
PRICES = st.integers(1, 9_999_999_999).map(lambda n: Decimal(n) / 10_000)
QUANTITIES = st.integers(1, 100_000)


@st.composite
def tickets(draw: st.DrawFn, *, quantities: st.SearchStrategy[int] = QUANTITIES) -> Ticket:
    """Any ticket that the shape rules allow."""
    kind = draw(st.sampled_from(OrderType))
    root = draw(st.sampled_from(["SPY", "BRK/B", "BRKB", "AAPL", "AAPL7"]))
    contracts = st.builds(EquityOption, st.just(root), DAYS, st.sampled_from(Right), STRIKES)
    instruments: list[Equity | EquityOption] = list(draw(st.lists(contracts, unique=True, max_size=4)))
    if not instruments or (len(instruments) < 4 and draw(st.booleans())):
        instruments.append(Equity(underlying_of(root)))
    if kind in ONE_LEG_TYPES:
        instruments = instruments[-1:]
    actions = [draw(st.sampled_from(Action)) for _ in instruments]
    legs = tuple(Leg(action, draw(quantities), one) for action, one in zip(actions, instruments, strict=True))
    limited = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    sides = {action.buys for action in actions}
    effects = {True: [PriceEffect.DEBIT], False: [PriceEffect.CREDIT]}[sides.pop()] if len(sides) == 1 else PriceEffect
    durations = set(Duration)
    if kind is OrderType.MARKET or (kind is OrderType.STOP and any(action.opens for action in actions)):
        durations.discard(Duration.GTC)
    if len(legs) != 1 or isinstance(legs[0].instrument, EquityOption):
        durations.discard(Duration.EXT)
    duration = draw(st.sampled_from(sorted(durations)))
    return Ticket(
        legs,
        kind,
        price=draw(PRICES) if limited else None,
        price_effect=draw(st.sampled_from(list(effects))) if limited else None,
        stop=draw(PRICES) if kind in (OrderType.STOP, OrderType.STOP_LIMIT) else None,
        time_in_force=TimeInForce(duration, draw(DAYS) if duration is Duration.GTD else None),
    )
