"""
What the bot must not forget, in one file beside the log: `discord.db`.

    file         the file itself: one connection, short transactions, on the disk before they return

    a module for each thing that is kept, with its own table:
    heard        the events that were heard, and how each ended      strangers, newcomers    who was told what, once
    offers       texts and plans that buttons refer to               questions               what a line may answer
    live         the live message of each order                      posts                   incidents, approvals
    outbox       messages that are to be told                        directs                 channels of direct messages
    link_tries   wrong codes that were typed

    recognising  the nonce and the digest by which a message is recognised again

Only presentation is here: no order depends on it. Where the file is lost, orders go on, and what was shown is shown
anew.
"""
