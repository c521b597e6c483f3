"""
What the core looks out of, in its own words. What implements one of these is a neighbour.

    venues     Broker       one account at one venue: turn, dry run, place, replace, cancel, find, get, listed, updates
               MarketData   chains, quotes, sessions
               OptionFeed   a whole chain as it moves: gamma, open interest, the spot
    log        EventLog     what was recorded: append, read, select, follow; leases beside it
               LogHeads     where the head of a log is kept, outside of it
    telling    Recipient    is told what was recorded, and tells a trader
               PlaceRecipient  where an order stands before it leaves, which is not recorded
               Channel      tells the operators what a person must look at
    clock      Clock        what time it is, and waiting
    criteria   Criterion    gives alerts of its own: a function that looks at the market
    language   Language     text to commands, commands to canonical words, short answers to whole lines
"""

from tastyflow.ports.clock import Clock
from tastyflow.ports.criteria import CRITERIA, Criterion, Look
from tastyflow.ports.feeds import FeedGap, GreeksTick, InterestTick, OpenTick, OptionFeed, SpotSource, SpotTick, Tick
from tastyflow.ports.language import Language
from tastyflow.ports.log import MODELS, ChainedRow, EventLog, Lease, LogHead, LogHeads, ModelRow, ModelStep
from tastyflow.ports.telling import Address, Channel, Notice, PlaceNotice, PlaceRecipient, Recipient
from tastyflow.ports.venues import Broker, Leave, MarketData, MarketSession, OnQueued, QueuePlace, SendingTurn

__all__ = [
    "CRITERIA",
    "MODELS",
    "Address",
    "Broker",
    "ChainedRow",
    "Channel",
    "Clock",
    "Criterion",
    "EventLog",
    "FeedGap",
    "GreeksTick",
    "InterestTick",
    "Language",
    "Lease",
    "Leave",
    "LogHead",
    "LogHeads",
    "Look",
    "MarketData",
    "MarketSession",
    "ModelRow",
    "ModelStep",
    "Notice",
    "OnQueued",
    "OpenTick",
    "OptionFeed",
    "PlaceNotice",
    "PlaceRecipient",
    "QueuePlace",
    "Recipient",
    "SendingTurn",
    "SpotSource",
    "SpotTick",
    "Tick",
]
