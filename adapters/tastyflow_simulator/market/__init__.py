"""
The simulator's market data: what is listed, what it costs, when it trades.

    Market ── walk, board, theory, scene, hours, interest, events, candles
"""

from tastyflow_simulator.market.hours import Calendar, DaySession, Session
from tastyflow_simulator.market.market import Market
from tastyflow_simulator.market.quotes import MarketQuote

__all__ = ["Calendar", "DaySession", "Market", "MarketQuote", "Session"]
