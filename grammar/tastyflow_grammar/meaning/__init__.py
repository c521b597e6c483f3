"""
From parts to a command: what the parts of a line mean together.

    Statement ─▶ commands ─┬▶ legs: one leg; leg_by_leg: several ───┬▶ terms: price, stop, time in force ─▶ command
                           ├▶ spreads: a strategy by name; sides ───┘
                           └▶ a command without an order: cancel, status, help …

    shorthands       PCS, IC: a strategy's short name, or the ticker of that name
    rows             the strikes of a strategy, however they are written
    rolling          a roll, refused with its two legs written out
    asking           a quote, expirations, a chain
    sizes            a part of what is held, and every leg at once
    prices           a side of the market, prices that no such order can have, stop losses
    numbers          what a bare number means
    day_or_strike    a number that could be a part of a date
    dates            which day an expiration means; day_forms, month_forms: by the way it is said
"""
