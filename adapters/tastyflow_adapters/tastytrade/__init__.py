"""
tastytrade itself: one class per port, two instances of each. Sandbox and production differ by a `Connection` only.

    connection ─▶ session ─┬─▶ broker ── orders, accounts ─▶ `tastyflow.ports.Broker`
       hosts       guard,  │      └── account stream
       secrets     token,  └─▶ market ── chains, quote stream ─▶ `tastyflow.ports.MarketData`
                   limits,
                   failures by certainty

The package imports nothing by itself: the client library takes a second to load, and most commands need none of it.
"""
