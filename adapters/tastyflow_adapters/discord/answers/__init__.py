"""
The answers: a plain function for each thing that can be asked, from a request to a page. None of them knows Discord.

    async def quote(chat: Chat, request: Request) -> Answer
"""
