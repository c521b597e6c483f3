"""
Orders and accounts over the border, both ways; all but the search are pure functions.

    Ticket ── order_body ─▶ the bytes that are sent                    `order_body`
    the venue's order ── read_order ─▶ BrokerOrder                     `order_reading`
    the answer to an order ─▶ BrokerOrder │ OutcomeUnknown             `order_answer`
    positions, balances, trading status, dry run ─▶ core values        `account_reading`
    every page of orders ─▶ those with one tag                         `order_search`

What the venue echoes of a ticket has the ticket's digest; if not, it understood something else.
"""
