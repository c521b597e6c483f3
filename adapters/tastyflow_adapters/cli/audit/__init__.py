"""
``tastyflow audit``: what happened, told from the log alone.

    command ─▶ tastyflow.application.audit ─┬─▶ pages, timeline    for people
                                            └─▶ shapes             for programs
"""
