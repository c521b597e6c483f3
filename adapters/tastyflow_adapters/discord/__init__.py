"""
Discord: orders and answers in a chat, one live message for each order, and the channel of the operators.

    gateway ─▶ bot ─▶ entrance ─▶ Request ─▶ an answer (`answers/`) ─▶ ChatPage ─▶ rendering ─▶ bot ─▶ Discord
    log ─▶ telling/, overseeing/ ─▶ ChatPage ─▶ live messages, notices; the channels of operators and approvers

    what arrives     bot (the client of Discord), dialogue/ (its side of a conversation), entrance (heard before? too
                     old? stopping?), gate (who may ask, and where)
    who answers      commands, acts, lines (the tables: a slash command, a button, a typed line), answers/, hints
    what is shown    page and request (values that know nothing of Discord), pages/, rendering (with text, limits,
                     colours, component_ids), drawing
    what is told     telling/, overseeing/; telling_all runs both
    the service      part (keeps a bot connected), bot_life (one bot, until it is of no more use), connection (how it
                     is), login_refusal (Discord takes no bot), token, quiet_logs, ties (what the service and the part
                     hand each other)
    memory/          what the bot must not forget, in `discord.db`, beside the log
    setup/           `tastyflow discord check` and `sync`

Only `bot`, `bot_life`, `dialogue/`, `drawing`, `setup/`, the poster, and what reads its errors and its log import
discord.py, and a contract holds them to it.
No failure of Discord touches an order.
"""
