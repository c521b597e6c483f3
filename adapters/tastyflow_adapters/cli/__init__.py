"""
The command line. Each command is imported when it is typed; `main` is the console script.

    program         the group, and every way in which a program can end     exit_codes, hints: what users read
    parse  corpus   text ─▶ JSON; needs nothing else
    desk_commands   order, orders, status, cancel, positions, balance: their options and help
        placing     `order`, at work            standing, settled    `orders` and `status`: with a desk, from the log
    chat  trader  secrets  doctor  audit  demo
    asking          one use-case of the desk        pages, safe_console      what people see
    shapes          JSON for programs
"""

from tastyflow_adapters.cli.program import main

__all__ = ["main"]
