"""
The fake venue, shipped: an exchange with market data, an account and faults on demand, in memory or in one file.

    FakeMarket                                  chains, quotes and hours of some fifty underlyings, from the date alone
    FakeOptionFeed                              whole chains as they move, with faults on demand (FeedFaults)
    FakeBroker                                  one account: book, fills, cancels, replacements, a stream
      MemoryBookStore · FileBookStore           where the book is kept
      QuoteModel · TableModel · ScriptedModel   how orders fill
    FaultyBroker                                any broker, with lost answers and disturbed streams
"""

from tastyflow_adapters.fake.book_file import FileBookStore, orders_in
from tastyflow_adapters.fake.book_store import BookStore, MemoryBookStore
from tastyflow_adapters.fake.broker import FakeBroker
from tastyflow_adapters.fake.faults import FakeFault, FakeFaultKind, FakeFaults, FaultyBroker, StreamFaults
from tastyflow_adapters.fake.fill_models import FillModel, QuoteModel, ScriptedModel, TableModel
from tastyflow_adapters.fake.market import FakeMarket
from tastyflow_adapters.fake.option_feed import FakeOptionFeed, FeedFaults
from tastyflow_adapters.fake.order_plan import Plan, Step, StepKind

__all__ = [
    "BookStore",
    "FakeBroker",
    "FakeFault",
    "FakeFaultKind",
    "FakeFaults",
    "FakeMarket",
    "FakeOptionFeed",
    "FaultyBroker",
    "FeedFaults",
    "FileBookStore",
    "FillModel",
    "MemoryBookStore",
    "Plan",
    "QuoteModel",
    "ScriptedModel",
    "Step",
    "StepKind",
    "StreamFaults",
    "TableModel",
    "orders_in",
]
