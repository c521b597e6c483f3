"""
What the operator chose, checked, and what becomes of it. Only this package and `bootstrap` read the environment.

    variables, config.toml ─▶ settings ─▶ connecting ─▶ a connection for each venue
                                 │  └── complaints      one sentence for each key or value that is not understood
                                 └── venue_settings     the tables [sandbox] and [production]
                                          └── urls      where a URL leads, however it is written
"""
