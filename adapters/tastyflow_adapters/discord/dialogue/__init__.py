"""
Discord's side of a conversation: what discord.py hands in becomes a request, and what is answered is sent.

    arrivals   interactions and messages of discord.py ─▶ Asker, Request
    signs      the first word to Discord, within its three seconds, and whether it was taken
    replying   a page goes where the person sees it, and where that fails, another way
    tree       `COMMANDS` as discord.py registers and calls them
    commanding, pressing, listening      slash commands; buttons, menus and forms; lines
    answering  an answer, or the page of what went wrong
    handlers   what runs: followed to its end, also where the bot is closed

Importing the package imports nothing.
"""
