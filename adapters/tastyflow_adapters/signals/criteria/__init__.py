"""Criteria of one's own: found by the entry point ``tastyflow.signals``."""
