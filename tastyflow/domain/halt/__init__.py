"""
Whether orders may leave for production: one switch for all traders and accounts of a log.

    state      running, reducing or halted; since when, by whom and why
    events     what can happen to the switch, and what each event does to the state
    verbs      what can be done with it: `Halt`
"""

from tastyflow.domain.halt.events import HaltEvent, TradingHalted, TradingReduced, TradingResumed
from tastyflow.domain.halt.state import Trading
from tastyflow.domain.halt.verbs import Halt

__all__ = ["Halt", "HaltEvent", "Trading", "TradingHalted", "TradingReduced", "TradingResumed"]
