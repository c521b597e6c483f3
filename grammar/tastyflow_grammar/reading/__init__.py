"""
From text to parts: what each piece of a line says, and where it stands. Nothing is decided here.

    text ─▶ line ─▶ reader (order.lark, tables) ─▶ structure (words) ─▶ Statement
"""
