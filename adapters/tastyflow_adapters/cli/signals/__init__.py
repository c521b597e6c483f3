"""
``tastyflow signals``: the rules that raise signals, what they may do, and what became of them.

    command    options and help
    at_hand    the rules of this home: file, standing in the log, what the running service says of it
    standing   list and show              moving     shadow, approve, auto, off
    trying     test, with --replay too    scoring    score
    pages      for people                 shapes     for programs
"""
