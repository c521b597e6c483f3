"""The account as an order sees it: what is held, what is worth what, and the facts that the checks of risk read."""
