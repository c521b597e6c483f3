"""
The world: one package per neighbour. Importing this package imports none of them.

    cli                                  who drives: messages to the desk, notices to people
      │
    bootstrap                            wires the parts; `venues` opens those of each environment
      │
    fake  tastytrade  store  language    the neighbours: venues, the event log, the grammar
      │
    config  secrets  redaction  clock    what was chosen, what must stay secret, what time it is

`config` and `bootstrap` are the only readers of the environment. A chat platform gets a package beside `cli`; where
signals come from stands in `signals`, below those who show them.
"""
