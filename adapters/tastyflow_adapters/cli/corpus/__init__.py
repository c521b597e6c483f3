"""
``tastyflow parse --corpus``: a file of chat lines, scored against what each must mean.

    rows ─▶ score ─▶ pages    for people, and as JSON
                       └── words    an answer of the language in a trader's words
"""
