"""Alerts of others: ``POST /signals/NAME``, signed."""
