"""
The simulator's market data: what is listed, what it costs, when it trades.

    market          all questions, answered from the seed and the moment alone
    board           what is listed on a day          hours          when the exchange trades, when options end
    quotes          bid and ask of one moment        quote_times    when quotes change
    today           the day so far, and its volume   random_walk    how prices wander
    events, candles      as dxFeed sends them

What is listed, greeks and open interest are those of the exchange that the fake quotes as well (`exchange`).
"""

from tastyflow_simulator.market.hours import Calendar, DaySession, Session
from tastyflow_simulator.market.market import Market
from tastyflow_simulator.market.quotes import MarketQuote

__all__ = ["Calendar", "DaySession", "Market", "MarketQuote", "Session"]
