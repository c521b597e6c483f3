"""
Discord: orders and answers in a chat, one live message for each order, and the channel of the operators.

    gateway ─▶ bot ─▶ gate ─▶ Request ─▶ an answer (`answers/`) ─▶ ChatPage ─▶ rendering ─▶ bot ─▶ Discord
    log ─▶ telling/ ─▶ ChatPage ─▶ one message for each order, edited; notices; the operators' channel

    page      what is shown: plain text, rows, buttons; it knows nothing of Discord
    request   who asks what, where: a text, a command, a press of a button
    memory/   what the bot must not forget: events heard, offers, messages posted (`discord.db`, beside the log)

Only `bot`, and what it draws with, import discord.py. A failure of Discord never touches an order.
"""
