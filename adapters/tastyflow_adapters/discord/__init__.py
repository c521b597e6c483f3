"""
Discord: orders and answers in a chat, one live message for each order, and the channel of the operators.

    gateway ─▶ bot ─▶ gate ─▶ Request ─▶ an answer (`answers/`) ─▶ ChatPage ─▶ rendering ─▶ bot ─▶ Discord
    log ─▶ telling/ ─▶ ChatPage ─▶ one message for each order, edited; notices; the operators' channel

    part      keeps a bot connected, for as long as the service runs; refused: why Discord takes none
    bot       the client of Discord; dialogue/ is its side of a conversation: arrivals, signs, replies
    entrance  heard before? the gate, too old, stopping?
    acts, commands, lines      the tables: who answers a button, a slash command, a typed line
    page      what is shown: plain text, rows, buttons; it knows nothing of Discord
    request   who asks what, where: a text, a command, a press of a button
    memory/   what the bot must not forget: events heard, offers, messages posted (`discord.db`, beside the log)

Only `part`, `bot`, `dialogue/`, `drawing`, `setup/` and the poster import discord.py. No failure of Discord touches
an order.
"""
