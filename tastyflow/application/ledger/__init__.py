"""
The ledger: load, decide, append. What was recorded is the truth; everything else here can be forgotten.

    ledger        `Ledger`: change, read, follow; the only writer of the log
    transaction   `Transaction`: what one decision reads and records
    folding       what events make of an aggregate
    codec         events to bytes and back
    memory        the newest and the durable states, the events committed last: bounded
    landing       from the thread of the log to the event loop
    following     `Follower`: each event once, in the order of the log, from whichever process it came
    lookup        `Lookup`: orders and traders by reference, by age, by being open
"""
