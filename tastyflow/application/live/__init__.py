"""
Orders in production.

    orders         the parts, wired, and the desk's verbs: promote, cancel, refresh
    promotion      the gate, the claim, the one sending
    second_look    what is looked at again before the claim
    replacing      one order takes the place of another: what is recorded of both
    following      each working order, to its last fill
    cancelling     the only place that asks a venue to cancel; rehearsals tidy up with it
    reconciling    orders that no task of this process follows; what was interrupted before production is ended
    recording      what a venue said, of both venues; it sends nothing
"""
