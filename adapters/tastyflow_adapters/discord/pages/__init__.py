"""
The pages that several answers and messages share: plain values, made from what the core says.

    approval   an order that waits for an approval, and what became of it
    card       an order before it is sent; a preview
    incident   an incident, and what can be decided of it
    outcome    an order after a press, and several that were closed or cancelled together
    refusal    what is wrong, and the lines that may have been meant, to be pressed
"""
