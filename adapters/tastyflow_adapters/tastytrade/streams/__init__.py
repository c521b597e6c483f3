"""The two streams of a venue, kept up: what happens to the account's orders, and quotes."""
