"""
The venues of ``fake``: a book for rehearsals, and one for each account, in files that all who use the home share.

    sandbox.db     production.db (the account `main`)     production-<name>.db (one of another name)
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Venue
from tastyflow.errors import StoreFailure, VenueFailure
from tastyflow.ports import Broker, Clock
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.home import make_home
from tastyflow_adapters.venues.account_venues import Venues

if TYPE_CHECKING:
    from tastyflow_adapters.fake import FileBookStore


@asynccontextmanager
async def fake_venues(settings: Choices, clock: Clock) -> AsyncIterator[tuple[Venues, ...]]:
    """Two fake exchanges, with a book for each account in the home, shared by all who use the home."""
    from tastyflow_adapters.fake import FakeBroker, FakeMarket, FakeOptionFeed, QuoteModel, TableModel

    make_home(settings)
    market = FakeMarket(clock)
    feed = FakeOptionFeed(market, clock)
    model = QuoteModel if settings.fake_fills == "quote" else TableModel
    with ExitStack() as stack:

        def broker(venue: Venue, seed: int, account: str = MAIN) -> Broker:
            of = "" if account == MAIN else f"-{account}"
            book_file = stack.enter_context(closing(_book_file(settings.folder / f"{venue.value}{of}.db")))
            return FakeBroker(
                venue,
                clock,
                market,
                store=book_file,
                model=model(),
                seed=seed,
                cash_usd=settings.fake_cash_usd,
                account=of.removeprefix("-"),
            )

        sandbox = broker(Venue.SANDBOX, 0)
        yield tuple(
            Venues(market, sandbox, broker(Venue.PRODUCTION, seed, account), account, feed=feed)
            for seed, account in enumerate(settings.fake_accounts, start=1)
        )


def _book_file(file: Path) -> "FileBookStore":
    from tastyflow_adapters.fake import FileBookStore

    try:
        return FileBookStore(file)
    except (sqlite3.Error, OSError, VenueFailure) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error).rstrip(".")
        raise StoreFailure(
            f"The fake venue's file {file} cannot be used: {why}.",
            code="fake_file",
            hint="Nothing was placed. End the program that holds it, or make it writable. Moved away, a new one begins "
            "with an empty account.",
        ) from error
