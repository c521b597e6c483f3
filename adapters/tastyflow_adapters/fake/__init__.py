"""
The fake venue, shipped: an exchange with its market data, its account and its moods, in memory or in one file.

    FakeMarket                            chains and quotes of fifty underlyings, from the date alone
    FakeBroker                            one account: book, fills, cancels, replacements, a stream
      MemoryShelf · FileShelf             where the book is kept
      QuoteModel · TableModel · ScriptedModel   how orders fill
    FaultyBroker                          any broker, with lost answers and bad streams
"""

from tastyflow_adapters.fake.broker import FakeBroker
from tastyflow_adapters.fake.faults import Fault, FaultKind, Faults, FaultyBroker, StreamFaults
from tastyflow_adapters.fake.fileshelf import FileShelf, orders_in
from tastyflow_adapters.fake.fills import FillModel, QuoteModel, ScriptedModel, TableModel
from tastyflow_adapters.fake.market import FakeMarket
from tastyflow_adapters.fake.plans import Plan, Step, StepKind
from tastyflow_adapters.fake.shelf import MemoryShelf, Shelf

__all__ = [
    "FakeBroker",
    "FakeMarket",
    "Fault",
    "FaultKind",
    "Faults",
    "FaultyBroker",
    "FileShelf",
    "FillModel",
    "MemoryShelf",
    "Plan",
    "QuoteModel",
    "ScriptedModel",
    "Shelf",
    "Step",
    "StepKind",
    "StreamFaults",
    "TableModel",
    "orders_in",
]
