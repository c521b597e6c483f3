"""The domain: frozen values, aggregates and rules. No clock, no loop, no disk, no library but attrs."""
