"""A chain and its feed, kept as figures; recorded, and replayed."""
