"""
From text to parts: what each piece of a line says, and where it stands. Nothing is decided here.

    text ─▶ line ─▶ broker_strings ─▶ passing_words ─▶ reader ─▶ structure, with words ─▶ Statement
                                                       tables, made of order.lark

    leg_parts        who does what, how many, of what: the rules of a leg, and of a strategy
    term_parts       until when, for how much, how long it works
    words            numbers as they are written, and what the methods of the rules are made of
    letters          its letters, signs and blanks in ASCII, one character for one character
    broker_strings   a line that is a broker's string as a whole, in ordinary words
    near_words       the words of the language that a misspelt one is close to
    replies          a short answer to a question: the parts in it
    changes          "make it 5", "same but 455": the answers that it can be meant as
    follow_ups       "again", "double it", "close it": what is wanted of the order before
"""
