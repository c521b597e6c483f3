"""
The event log on disk. Importing this package imports nothing; take what you need from its modules.

    opening      open_application(Ledger, path) and check(path): where most callers begin
       │
    sqlite       the recorder, its factory, and environment(path) for the library's Application
       ├── writer        one thread commits for everybody who waits: one fsync serves them all
       ├── connections   how the file is opened: for the writer, for readers, for readers that may touch nothing
       └── schema        the tables, the triggers that guard them, the stamp that tells ours from foreign files
    memory       the same recorder without a disk: the reference, and the fake
    failures     what sqlite and the library say, in people's words: code, message, hint
"""
