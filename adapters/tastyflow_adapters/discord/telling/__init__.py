"""
Telling: what is recorded of an order is shown in its one live message, and told in messages of its own.

    log ─▶ marking ─▶ memory/live, memory/outbox ─┬─▶ live       one message for each order, edited
                                                  └─▶ notices    messages of their own, in order, once

    kinds      the kinds of news, and how each is told
    stories    what was told of the orders that move now
    places     where a trader is told, and whether others read along there
    resting    rests between tries
    posting    what is asked of Discord here, and how it can fail; `through_discord` asks it

Trading waits for none of it. What cannot be shown now is kept, and shown later.
"""
