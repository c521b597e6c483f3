"""
tastytrade itself: one class per port, two instances of each. Sandbox and production differ by a `Connection` only.

    http/      connection ─▶ session: login, rate limits, egress guard, failures by certainty
                                │
    orders/    JSON ◀─▶ orders, accounts ──┬─▶ broker.py        `tastyflow.ports.Broker`
    streams/   account stream ─────────────┘
               chain stream ───────────────┼─▶ option_feed.py   `tastyflow.ports.OptionFeed`
               quote stream ───────────────┼─▶ market_data.py   `tastyflow.ports.MarketData`
    market/    JSON ─▶ chains, quotes, hours, symbols

    doctor.py          what can be checked of a venue from here
    single_flight.py   one answer for several callers

The package imports nothing by itself: the client library takes a second to load, and most commands need none of it.
"""
