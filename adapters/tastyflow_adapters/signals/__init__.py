"""
Signals: gamma exposure and other criteria that place orders, the same way as people and on a shorter leash.

    gamma      gamma exposure of a chain: net, by strike, by expiration, walls, flips (numpy)
    watching   a chain and its feed, kept as figures; recorded, and replayed
    rules      rule files (TOML) ─▶ `tastyflow.domain.signal_rule.SignalRule`
    criteria   criteria of one's own, by the entry point ``tastyflow.signals``
    webhook    alerts of others, by ``POST /signals/NAME``
    drawing    gamma exposure as a profile in the terminal, and as a picture
    running    the part of the service that watches, and hands signals to the desk
"""
