"""
The world: one module or package per neighbour. Importing this package imports none of them.

    cli  discord  signals                     who drives
            │
        bootstrap  settings                   who puts the parts together; the only readers of the environment
            │
    fake  tastytrade  store                   the neighbours: venues, and the event log
"""
