"""
Signals and their rules, for the desk: what a rule may do, what it raises, and what becomes of that.

    signalling   `Signalling`: the verbs, as `desk.signalling`
    asking       in the append of an order: may this signal ask for it, and may it still leave
    answering    in the same append: what became of it, for the signal and its rule, which may turn itself off
    acting       a signal becomes an order, or what a shadow would have been
    standings    every rule as it stands; moved by people
    looking      the signals of a rule, newest first; those that are open; the one of a reference
    marking      the market of a signal's order, some minutes later
"""
