"""
Ordering in a chat: from a text to the card that its trader confirms, and what is done with orders.

    line_answer  what a whole line asks for: an order, a preview, a change, a close, a cancel
    placing      the slash commands that make a line; a line that was offered; a card that is shown to its trader alone
    deciding     Confirm, Change, Dismiss
    replacing    the form of a working order
    closing      the list that closes what is held, and the yes to all of it
    offering     lines that buttons refer to

Every order waits for its trader's yes (`Consent.ALWAYS`), whatever the policy says.
"""
