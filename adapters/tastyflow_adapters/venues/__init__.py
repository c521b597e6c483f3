"""Where the orders of each account go: the venues of each environment, opened and closed. `bootstrap` chooses."""
