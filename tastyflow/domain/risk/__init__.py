"""
May this order go on? Pure rules over recorded facts, without clock and without port.

    payoff ─▶ settlements ─▶ worst_case ─▶ profile     what a book, and a ticket by itself, can lose
                                       └─▶ exits       whether an order only takes risk away
    needs, cover                                       which permissions an order takes; what bounds a sold option
    facts ─▶ halted · permissions · sizes · pace · price_sense · approval ─▶ checks ─▶ finding
                                                       every check by its code (`codes`), and its end (`outcomes`)
    approval                                           whether an order needs a second person; how far its market moved
    gate                                               order, test, trader, checks and time say yes, or why not
"""
