"""
From parts to a command: what the parts of a line mean together.

    Statement ─▶ commands ─┬▶ legs: one leg, or several typed one by one ─┐
                           ├▶ spreads: a strategy by its name ────────────┼▶ terms ─▶ PlaceOrder
                           │                                              │
                           │    numbers, day_or_strike, dates, sides ─────┘
                           └▶ cancel, status, help … : a value each
"""
