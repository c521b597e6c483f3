"""The approval of orders by a second person: what they see, what they decide, and when an order waits no more."""
