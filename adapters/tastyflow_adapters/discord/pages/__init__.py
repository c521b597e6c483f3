"""
The pages that several answers and messages share: plain values, made from what the core says.

    approval   an order that waits for an approval, and what became of it
    incident   an incident, and what can be decided of it
"""
