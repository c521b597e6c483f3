"""
How the operators are told: a log line, always; and the addresses of their own choosing.

    words      what is said of incidents, as text for people
    channels   a log line; one service of apprise (e-mail, chat, webhook, …) for each address
    choosing   the channels that the settings and secrets name
"""
