"""
The simulator's market data: what is listed, what it costs, when it trades.

    market          all questions, answered from the seed and the moment alone
    board           what is listed on a day          hours          when the exchange trades, when options end
    quotes          bid and ask of one moment        quote_times    when quotes change
    greeks          Black-Scholes                    random_walk    how prices wander
    today           the day so far, open interest and volume
    events, candles      as dxFeed sends them
"""

from tastyflow_simulator.market.hours import Calendar, DaySession, Session
from tastyflow_simulator.market.market import Market
from tastyflow_simulator.market.quotes import MarketQuote

__all__ = ["Calendar", "DaySession", "Market", "MarketQuote", "Session"]
