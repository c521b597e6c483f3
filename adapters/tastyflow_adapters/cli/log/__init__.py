"""
``tastyflow log``: the file that holds the log: copied, put back, looked at, moved.

    command ─▶ work ─┬─▶ store.backup     a copy of the whole log, and how it is put back
                     ├─▶ store.archive    the events of a time, in a file of lines
                     └─▶ store.carrying   events into a new log, sealed as they were
"""
