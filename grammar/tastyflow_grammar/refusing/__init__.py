"""
Why a line is refused, and what may have been meant.

    faults         the codes, and the exception with code, message, place and fixes
    openers        whether a line is a command at all
    lines          a whole line: empty, a question, chat; and where the grammar cannot read on
    not_offered    phrases, words and strategies that are understood, and not offered
    intents        get, grab, cover: an order or talk? add, trim, "cancel it": what says it in the language
    talk           a line that holds such words and asks for nothing: "sell wall at 450"
    references     "again", "make it 5": there is no order before it
    missing        an order says too little
    surplus        an order says too much: two of one kind, a number without a meaning
    figures        figures said in words, with a comma, as a range
    suggestions    a word for a misspelt one, and fixed lines that parse
"""
