"""
A short answer and what it answers, made into a whole line with what changed marked.

    completing    the door: which of the three it is, and what is said where no line comes of it
    filling       a line that was refused: what it lacks, or what takes the place of what is wrong
    changing      a whole order: another price, size, strike … and nothing else of it
    following     "again", "double it", "close it", "roll it to next month", "cancel it"
    in_own_words  the new order in the words of the old line, where that can be; and where the two differ
"""
