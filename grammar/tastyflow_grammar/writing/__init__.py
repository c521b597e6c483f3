"""
From a command to text: the canonical words of a command (`rendering`), and the language on half a page (`help`).
"""
