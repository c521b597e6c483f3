"""
The answers have the keys of those that tastytrade gave when it was recorded in 2026, most of them by its sandbox.

    recorded keys ⊆ ours, and where both have one, it is of the same kind: text, number, flag, list, object
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sim_kit import call_of, shares

if TYPE_CHECKING:
    from sim_kit import HttpClient

    from tastyflow_simulator import Simulator

pytestmark = pytest.mark.anyio

ORDER = (
    "id:int account-number:str cancellable:bool editable:bool edited:bool ext-client-order-id:str"
    " global-request-id:str order-type:str price:str price-effect:str received-at:str size:int status:str"
    " time-in-force:str underlying-instrument-type:str underlying-symbol:str updated-at:int legs:list"
)
LEG = "action:str instrument-type:str quantity:int remaining-quantity:int symbol:str fills:list"
BUYING_POWER = (
    "change-in-margin-requirement:str change-in-margin-requirement-effect:str change-in-buying-power:str"
    " change-in-buying-power-effect:str current-buying-power:str current-buying-power-effect:str new-buying-power:str"
    " new-buying-power-effect:str isolated-order-margin-requirement:str isolated-order-margin-requirement-effect:str"
    " is-spread:bool impact:str effect:str"
)
FEES = (
    "regulatory-fees:str regulatory-fees-effect:str regulatory-fees-breakdown:list clearing-fees:str"
    " clearing-fees-effect:str clearing-fees-breakdown:list commission:str commission-effect:str"
    " commission-breakdown:list proprietary-index-option-fees:str proprietary-index-option-fees-effect:str"
    " proprietary-fees-breakdown:list total-fees:str total-fees-effect:str rebates:str rebates-effect:str"
    " rebates-breakdown:list per-quantity:bool"
)
DEPOSIT = (
    "id:int account-number:str created-at:str currency:str description:str executed-at:str is-estimated-fee:bool"
    " net-value:str net-value-effect:str transaction-date:str transaction-sub-type:str transaction-type:str value:str"
    " value-effect:str"
)
TRADE = (
    f"{DEPOSIT} action:str clearing-fees:str clearing-fees-effect:str commission:str commission-effect:str"
    " destination-venue:str exec-id:str instrument-type:str order-id:int price:str proprietary-index-option-fees:str"
    " proprietary-index-option-fees-effect:str quantity:str regulatory-fees:str regulatory-fees-effect:str symbol:str"
    " underlying-symbol:str"
)
QUOTE = (
    "ask-size:str beta:str bid-size:str close-price-type:str day-high-price:str day-low-price:str halt-end-time:int"
    " halt-start-time:int instrument-type:str is-trading-halted:bool last:str last-mkt:str mark:str open:str"
    " prev-close:str prev-close-date:str prev-close-price-type:str summary-date:str symbol:str updated-at:str"
    " year-high-price:str year-low-price:str"
)
METRICS = (
    "symbol:str implied-volatility-index:str implied-volatility-index-5-day-change:str"
    " implied-volatility-index-rank:str tos-implied-volatility-index-rank:str tw-implied-volatility-index-rank:str"
    " tos-implied-volatility-index-rank-updated-at:str implied-volatility-index-rank-source:str"
    " implied-volatility-percentile:str implied-volatility-updated-at:str liquidity-value:str liquidity-rank:str"
    " liquidity-rating:int updated-at:str option-expiration-implied-volatilities:list beta:str beta-updated-at:str"
    " corr-spy-3month:str dividend-rate-per-share:str annual-dividend-per-share:str dividend-yield:str"
    " dividend-ex-date:str dividend-next-date:str dividend-pay-date:str dividend-updated-at:str earnings:dict"
    " listed-market:str lendability:str borrow-rate:str market-cap:int implied-volatility-30-day:str"
    " historical-volatility-30-day:str historical-volatility-60-day:str historical-volatility-90-day:str"
    " iv-hv-30-day-difference:str price-earnings-ratio:str earnings-per-share:str"
)
OPTION = (
    "active:bool days-to-expiration:int exercise-style:str expiration-date:str expiration-type:str expires-at:str"
    " instrument-type:str is-closing-only:bool market-time-instrument-collection:str option-chain-type:str"
    " option-type:str root-symbol:str settlement-type:str shares-per-contract:int stops-trading-at:str"
    " streamer-symbol:str strike-price:str symbol:str underlying-symbol:str"
)
FUTURE = (
    "active:bool active-month:bool back-month-first-calendar-symbol:bool closing-only-date:str contract-size:str"
    " display-factor:str exchange:str exchange-symbol:str expiration-date:str expires-at:str product-group:str"
    " is-closing-only:bool last-trade-date:str main-fraction:str next-active-month:bool notional-multiplier:str"
    " product-code:str stops-trading-at:str streamer-exchange-code:str streamer-symbol:str sub-fraction:str symbol:str"
    " tick-size:str is-tradeable:bool future-product:dict option-tick-sizes:list tick-sizes:list"
)
FUTURE_PRODUCT = (
    "active-months:list back-month-first-calendar-symbol:bool cash-settled:bool clearing-code:str"
    " clearing-exchange-code:str clearport-code:str code:str description:str display-factor:str exchange:str"
    " first-notice:bool legacy-code:str legacy-exchange-code:str listed-months:list market-sector:str"
    " notional-multiplier:str product-type:str security-group:str small-notional:bool streamer-exchange-code:str"
    " supported:bool root-symbol:str tick-size:str roll:dict"
)
FUTURE_OPTION_PRODUCT = (
    "cash-settled:bool clearing-code:str clearing-exchange-code:str clearing-price-multiplier:str clearport-code:str"
    " code:str display-factor:str exchange:str expiration-type:str is-am-settled:bool is-rollover:bool legacy-code:str"
    " market-sector:str product-type:str root-symbol:str settlement-delay-days:int supported:bool"
)


BALANCE = (
    "account-number apex-starting-day-margin-equity available-trading-funds bond-margin-requirement"
    " buying-power-adjustment buying-power-adjustment-effect cash-available-to-withdraw cash-balance"
    " cash-settle-balance closed-loop-available-balance cryptocurrency-margin-requirement currency"
    " day-equity-call-value day-trade-excess day-trading-buying-power day-trading-call-value derivative-buying-power"
    " effective-cryptocurrency-buying-power equity-buying-power equity-offering-margin-requirement"
    " fixed-income-security-margin-requirement futures-intraday-margin-requirement futures-margin-requirement"
    " futures-overnight-margin-requirement intraday-equities-cash-amount intraday-equities-cash-effect"
    " intraday-futures-cash-amount intraday-futures-cash-effect long-bond-value long-cryptocurrency-value"
    " long-derivative-value long-equity-value long-fixed-income-security-value long-futures-derivative-value"
    " long-futures-value long-index-derivative-value long-margineable-value maintenance-call-value"
    " maintenance-excess maintenance-requirement margin-equity margin-settle-balance net-liquidating-value"
    " pending-cash pending-cash-effect pending-margin-interest previous-day-cryptocurrency-fiat-amount"
    " previous-day-cryptocurrency-fiat-effect reg-t-call-value reg-t-margin-requirement short-cryptocurrency-value"
    " short-derivative-value short-equity-value short-futures-derivative-value short-futures-value"
    " short-index-derivative-value short-margineable-value sma-equity-option-buying-power snapshot-date"
    " special-memorandum-account-apex-adjustment special-memorandum-account-value total-pending-liquidity-pool-rebate"
    " total-settle-balance unsettled-cryptocurrency-fiat-amount unsettled-cryptocurrency-fiat-effect updated-at"
    " used-derivative-buying-power"
)
"""Of an account in production, as its streamer sent it in March 2026; all of them text."""


def unlike(row: Mapping[str, Any], recorded: str) -> dict[str, str]:
    """The recorded keys that *row* lacks, or has in another kind."""
    wanted = dict(each.rsplit(":", 1) for each in recorded.split())
    ours = {name: type(value).__name__ for name, value in row.items()}
    return {name: ours.get(name, "missing") for name, kind in wanted.items() if ours.get(name) != kind}


async def test_orders_are_shaped_like_recorded_ones(sandbox: "HttpClient"):
    placed = (await sandbox.place(shares())).data
    assert unlike(placed["order"], ORDER) == {}
    assert unlike(placed["order"]["legs"][0], LEG) == {}


async def test_a_dry_run_says_what_fees_are_made_of(production: "HttpClient", simulator: "Simulator"):
    tried = (await production.place(shares(), "/orders/dry-run")).data
    assert unlike(tried["buying-power-effect"], BUYING_POWER) == {}
    assert unlike(tried["fee-calculation"], FEES) == {}
    parts = tried["fee-calculation"]["regulatory-fees-breakdown"]
    assert [part["name"] for part in parts] == ["exchange", "nfa", "orf", "sec", "taf"]
    assert parts[-1] == {"name": "taf", "value": "0.000166", "effect": "Debit"}
    leg = {"instrument-type": "Equity Option", "symbol": call_of(simulator), "action": "Buy to Open", "quantity": 1}
    fees = (await production.place(shares(legs=[leg]), "/orders/dry-run")).data["fee-calculation"]
    assert fees["regulatory-fees-breakdown"][2] == {"name": "orf", "value": "0.02", "effect": "Debit"}


async def test_transactions_are_shaped_like_recorded_ones(production: "HttpClient", simulator: "Simulator"):
    leg = {"instrument-type": "Equity Option", "symbol": call_of(simulator), "action": "Buy to Open", "quantity": 1}
    assert (await production.place(shares(None, legs=[leg]))).status == 201
    simulator.clock.advance(2)
    trade, deposit = (await production.get(f"{production.account}/transactions")).items
    assert unlike(deposit, DEPOSIT) == {}
    assert unlike(trade, TRADE) == {}
    assert trade["executed-at"].endswith("Z")
    assert trade["quantity"] == "1.0"
    assert trade["description"].startswith("Bought 1 SPY 12/18/26 Call 450.00 @ ")


async def test_balances_have_the_recorded_keys_and_no_others(production: "HttpClient"):
    row = (await production.get(f"{production.account}/balances/USD")).data
    assert row.keys() == set(BALANCE.split())
    assert {type(value) for value in row.values()} == {str}


async def test_options_on_indexes_are_counted_among_derivatives_and_apart(
    production: "HttpClient", simulator: "Simulator"
):
    for root, underlying in (("SPXW", "SPX"), ("SPY", "SPY")):
        chain = (await production.get(f"/option-chains/{underlying}/nested")).items
        strikes = next(each for each in chain if each["root-symbol"] == root)["expirations"][0]["strikes"]
        simulator.production.book.endow(strikes[len(strikes) // 2]["put"], 1, Decimal(1), simulator.clock.now())
    row = (await production.get(f"{production.account}/balances/USD")).data
    assert 0 < Decimal(row["long-index-derivative-value"]) < Decimal(row["long-derivative-value"])
    assert row["short-index-derivative-value"] == "0.0"


async def test_each_side_calls_requests_in_its_own_way(production: "HttpClient", sandbox: "HttpClient"):
    names = [(await side.place(shares())).data["order"]["global-request-id"] for side in (production, sandbox)]
    assert [len(name.partition("=")[0]) for name in names] == [32, 36]


@pytest.mark.parametrize(("kind", "symbol"), [("equity", "AAPL"), ("index", "VIX")])
async def test_quotes_are_shaped_like_recorded_ones(production: "HttpClient", kind, symbol):
    row = (await production.get(f"/market-data/by-type?{kind}={symbol}")).items[0]
    is_index = kind == "index"
    assert unlike(row, QUOTE) == ({"beta": "missing"} if is_index else {})
    assert {"bid", "ask", "mid", "volume"} & row.keys() == (set() if is_index else {"bid", "ask", "mid", "volume"})
    assert row["prev-close-price-type"] == ("Regular" if is_index else "Final")


async def test_metrics_are_shaped_like_recorded_ones(production: "HttpClient"):
    row = (await production.get("/market-metrics?symbols=AAPL")).items[0]
    assert unlike(row, METRICS) == {}
    kinds = {each["expiration-date"] for each in row["option-expiration-implied-volatilities"]}
    assert len(kinds) > 6, "every expiration has its volatility, weekly ones as well"


async def test_chains_are_shaped_like_recorded_ones(production: "HttpClient"):
    assert unlike((await production.get("/option-chains/AAPL")).items[0], OPTION) == {}
    compact = (await production.get("/option-chains/AAPL/compact")).items[0]
    assert compact.keys() == {
        "underlying-symbol", "root-symbol", "option-chain-type", "settlement-type", "shares-per-contract",
        "expiration-type", "deliverables", "symbols", "streamer-symbols",
    }  # fmt: skip


async def test_futures_are_shaped_like_recorded_ones(production: "HttpClient"):
    future = (await production.get("/instruments/futures?product-code[]=ES")).items[0]
    assert unlike(future, FUTURE) == {}
    assert unlike(future["future-product"], FUTURE_PRODUCT) == {}
    product = (await production.get("/instruments/future-option-products/CME/ES")).data
    assert unlike(product, FUTURE_OPTION_PRODUCT) == {}
    assert (await production.get("/instruments/future-option-products/ES")).data == product


async def test_a_nested_chain_of_futures_is_one_chain_of_all_expirations(production: "HttpClient"):
    nested = (await production.get("/futures-option-chains/ES/nested")).data
    (chain,) = nested["option-chains"]
    assert (chain["underlying-symbol"], chain["root-symbol"]) == ("/ES", "/ES")
    assert [each["underlying-symbol"] for each in chain["expirations"]] == [row["symbol"] for row in nested["futures"]]
    assert nested["futures"][0]["streamer-symbol"] == "/ESZ26:XCME"
    first = chain["expirations"][0]
    assert first["notional-value"] == "0.5"
    symbol = first["strikes"][0]["call"]
    assert symbol.startswith("./ESZ6 ESZ6  261218C"), "the contract's name is padded to six"
    for spelled in (symbol, symbol.removeprefix("./")):
        path = f"/instruments/future-options/{spelled}".replace(" ", "%20")
        assert (await production.get(path)).data["symbol"] == symbol
