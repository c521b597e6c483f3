"""
The long-running whole: one process that looks after every order while no command runs.

    service        what is opened, in which order, and how it ends
    supervision    parts that are started again where they die
    leases         what only one process does at a time
    following      every order at work is followed, whichever process sent it
    timers         what is overdue is looked at again
    reconciling    the venue is held against the log again and again
    holder         which process holds a lease, and whether it can still be there

Nothing else of the application knows this room: a desk works with it and without.
"""
