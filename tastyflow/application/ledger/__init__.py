"""
The ledger: load, decide, append. What was recorded is the truth; everything else here can be forgotten.

    ledger            `Ledger`: change, read, follow; the only writer of the log
    transaction       `Transaction`: what one decision reads and records
    folding           what events make of an aggregate
    codec             events to bytes and back
    snapshots         the states of long streams, kept beside the log: a cache, never the truth
    state_codec       states to bytes and back, for snapshots
    cache             the newest and the durable states, the events committed last: bounded
    pending_appends   from the thread of the log to the event loop
    log_reader        `LogReader`: each event once, in the order of the log, from whichever process it came
    read_models       where in the log what a command looks for is: no part of the truth, and made anew at any time
    rebuilding        read models and snapshots, from the events
    lookup            `Lookup`: orders and traders by reference, by age, by being open
"""
