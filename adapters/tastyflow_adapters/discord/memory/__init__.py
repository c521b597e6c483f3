"""
What the bot must not forget, in one file beside the log: `discord.db`.

    file    the file itself: one connection, short transactions, on the disk before they return
    …       a module for each thing that is kept, with its own table

Only presentation is here: no order depends on it. Where the file is lost, orders go on, and what was shown is shown
anew.
"""
