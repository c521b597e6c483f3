"""
Reconciling: the log is held against what the venues say, and what is missing here is taken up.

    orders     each own order that is not over: asked about, searched for, ended where it was interrupted
    account    one account as a whole ─▶ AccountReport; production orders wait for the first one that is complete
    overdue    what stays open too long, by the log alone
    report     what was found and what was done, in words

It asks and records; it never sends an order.
"""
