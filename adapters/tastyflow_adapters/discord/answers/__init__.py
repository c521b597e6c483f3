"""
The answers: a plain function for each thing that can be asked, from a request to a page. None of them knows Discord.

    async def quote(chat: Chat, request: Request) -> Answer

    ordering/      from a line to the card that its trader confirms; cancel, replace, flatten
    looking/       orders, the account, the market, the story of an order, help; what is offered while one types
    conversing     a typed line: a whole command, or an answer; with remembering (what the next line may answer),
                   replied (a reply to the page of an order), in_public (what others may read), line_gone (edited,
                   deleted), typed (a line that is no order)
    switching, doing       halt and resume: shown first; the yes to what was planned and shown
    approving, incidents   what a second person, and an operator, decide
    linking        who a user of Discord is
"""
