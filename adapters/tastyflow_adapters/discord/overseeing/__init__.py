"""
What operators and approvers are shown, in channels of their own: from the log, and kept in step with it.

    log ─┬─▶ incidents   a message for each one, told again until a person looks, edited as it moves on
         ├─▶ approvals   a message for each order that waits, edited once it waits no more
         ├─▶ reports     halts, the end of an outage: each told once
         └─▶ digests     once for each trading day
    service ─▶ bulletin ─▶ started, stopping, a part that died

    posts       one message kept in step with what it shows, whatever becomes of messages
    channel     the operators' channel, as one of those by which incidents are told
    overseer    all of them, for as long as the bot runs
"""
