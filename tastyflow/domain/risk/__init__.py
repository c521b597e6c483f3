"""
May this order go on? Pure rules over recorded facts.

    limits   what an order can cost, and which of its trader's limits it would break
    gate     the promotion gate: order, test, trader, policy and time say yes, or every reason why not
"""
