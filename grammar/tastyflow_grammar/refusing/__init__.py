"""
Why a line is refused, and what may have been meant.

    lines      the whole line: chat, a question, something that is not offered
    missing    an order says too little
    surplus    an order says too much: two of one kind, a number without a meaning
    faults     the exception that carries a code, a sentence, the place and the fixes
    suggestions   from a fix or a misspelt word to lines that parse
"""
