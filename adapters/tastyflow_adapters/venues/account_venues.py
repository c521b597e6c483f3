"""What a desk of one account needs of the world: market data, and a broker for each venue that its orders go to."""

from attrs import frozen

from tastyflow.domain.trader.accounts import MAIN
from tastyflow.ports import Broker, MarketData, OptionFeed


@frozen
class Venues:
    """
    Where the orders of one account go.

    Attributes:
        production: The live venue; None in an environment without one.
        feed: Whole chains as they move, from production's market data; None where there is none to be had.
        account, sandbox_account: What the settings call the account, and the one for its rehearsals.
    """

    market: MarketData
    sandbox: Broker
    production: Broker | None
    account: str = MAIN
    sandbox_account: str = MAIN
    feed: OptionFeed | None = None
