"""
``tastyflow demo``: the main job and what can stop it, on a home of its own.

    command ─▶ scenes ─▶ screen
"""
