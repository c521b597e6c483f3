"""Chat with words in it that refer to an order: none of it answers one."""

TALK = (
    """
again? · lol double it · same · same here · same for me · same day delivery · make it so · make it rain · make it happen
try it · double trouble · again and again · close it down guys · sell it to me · lol · roll tide
that again, really? · once more unto the breach · 5 instead? · make it 5? · repeat after me · nice instead
""".replace("\n", " · ")
    .strip(" ·")
    .split(" · ")
)
