"""
The part of the service that watches the market, and hands signals to the desk.

    <home>/signals/*.toml ─▶ rule_files ──┐
    each chain that a rule needs ─▶ watches ─┼─▶ rule_run ─ fires ─▶ acting ─▶ desk.signalling: raised, then acted on
    the log: how each rule stands ────────┘      │
                                                 └─ its data hold it back ─▶ patience ─▶ it turns itself off

    rule_run      one rule as the figures go by: how its trigger stands, and whether it fires
    patience      how long a rule puts up with data that hold it back
    trial         a rule tried on figures that go by: when it would have fired, and why not where it nearly did
    rule_files    which rules the folder holds: new, edited, removed, wrong
    watches       one watch for each chain that a rule needs, opened again where it ends
    acting        signals raised and acted on, in tasks of their own, so many at once
    after         signals that expired, what a restart left open, marks that are due
    status        how all that is, for the health page
    part          the whole, as a part of the service
"""
