"""
The command line: one module for each command, imported when it is typed; `main` is the console script.

    program      the group, exit codes, and every way in which a program can end
    parse        text ─▶ JSON; needs nothing else
    order chat holdings trader      one use-case of the desk each, on `running` and `printing`
    audit demo   what happened; the main job, shown
"""

from tastyflow_adapters.cli.program import main

__all__ = ["main"]
