"""
What the operator chose, checked, and what becomes of it. Only this package and `bootstrap` read the environment.

    variables, config.toml ─▶ loading ─┬─▶ choices     what the program reads; all there is where nothing was chosen
                                       └─▶ settings    the whole, read and checked
                                             ├── complaints       a sentence for what is not understood
                                             ├── policy_settings  the table [policy]
                                             └── venue_settings   the tables [sandbox] and [production]
                                                   └── urls       where a URL leads, however it is written

    settings, secrets ─▶ connecting ─▶ a connection for each venue
"""
