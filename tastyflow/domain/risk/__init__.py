"""
May this order go on? Pure rules over recorded facts.

    worst_case   what an order can cost at the worst
    limits       which of its trader's limits it would break
    gate         the promotion gate: order, test, trader, policy and time say yes, or every reason why not

The approval of an order by a second person belongs here too, as a module of its own that `gate` asks: who may approve
which order, and what their approval is worth. So do limits that look at more than one order: the worst case of a whole
book, losses of a day, a halt. Each is a named rule over recorded facts, without clock and without port.
"""
