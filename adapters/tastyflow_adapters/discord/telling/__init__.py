"""
Telling: what is recorded of an order is shown in its one live message, and told in messages of its own.

    log ─▶ marking ─▶ memory/live, memory/outbox ─┬─▶ live       one message for each order, edited
                                                  └─▶ notices    messages of their own, in order, once

    kinds      the kinds of news, and how each is told
    posting    what is asked of Discord here, and how it can fail

Trading waits for none of it. What cannot be shown now is kept, and shown later.
"""
