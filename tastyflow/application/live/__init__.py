"""
Orders in production.

    orders         the parts, wired, and the desk's verbs: promote, cancel, refresh
    promotion      the gate, the claim, the one sending
    second_look    what is looked at again before the claim
    replacing      one order takes the place of another: what is recorded of both
    following      each working order, to its last fill
    cancelling     the only place that asks a venue to cancel; rehearsals tidy up with it
    asking         how one order stands: shown, gone, or no answer
    news           what production shows of an order, with what other hands made of it
    recording      what a venue said, of both venues; it sends nothing
"""
