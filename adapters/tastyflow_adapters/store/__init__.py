"""
The event log, kept: on SQLite, on PostgreSQL and in memory. Importing this package imports nothing.

    log            open_log(address), check_log(address): all that the rest of the adapters needs
       │
    group_commit   the rules of an append, without SQL: who waits, in which order, what fails and what stands
    recorder       the library's recorder as an `EventLog`: what every kind of log has in common
       ├── sqlite          a recorder of the library and its statements
       │     sqlite_file   how the file is opened: for the writer, for readers, for readers that may touch nothing
       │     opened_files  whether its files are still those that were opened
       │     sqlite_chain  each event sealed to those before it; nothing is appended to a chain that does not fit
       │     sqlite_schema the tables, the triggers that guard them, the stamp that tells ours from foreign files
       ├── postgres        the same on a server
       │     postgres_schema      the tables, and the triggers that keep order, chain and append-only rules
       │     postgres_writing     the writer: a lost answer is asked for, a server that lost events takes nothing more
       │     postgres_listening   appends of other hosts, told at once
       │     postgres_carrying    a log of another kind, carried to a server in one transaction
       │     postgres_address, postgres_failures
       └── memory          the same without a disk: the reference, and the fake
    backup         a copy of the whole log that verifies itself, and the way back
    archive        the events between two moments, in a file of lines that verifies alone
    carrying       events into a new log, sealed as they were
    size           how large a log is, year by year
    whole_file     files that get their name once they are whole
    failures       what a log and the library say, in people's words: code, message, hint

Another kind of log is one more module beside ``memory``, and a case in three places:

    its module     a recorder: ``GroupCommitRecorder`` in front of the library's recorder of that kind, with what it
                   leaves open, and a ``GroupCommit`` of its ``Statements``; a factory; ``environment`` that names it
    log_address    a `LogKind`, and how an address of it is made from settings
    log            the case in ``open_log``, ``log_exists`` and ``check_log``
    failures       where its errors are not the library's: the code that each one means

``tests/store`` holds what every kind must pass: add it to the fixture ``log``.
"""
