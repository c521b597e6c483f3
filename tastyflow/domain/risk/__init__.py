"""
May this order go on? Pure rules over recorded facts, without clock and without port.

    payoff ─▶ settlements ─▶ worst_case ─▶ profile     what a book, and a ticket by itself, can lose
                                       └─▶ exits       whether an order only takes risk away
    facts ─▶ permissions · sizes · pace · price_sense ─▶ checks     every check, by its code (`codes`)
    gate                                               order, test, trader, checks and time say yes, or why not

The approval of an order by a second person belongs here too, as a module of its own that `gate` asks: who may approve
which order, and what their approval is worth.
"""
