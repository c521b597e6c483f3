"""Gamma exposure of a chain: what dealers must hedge when the market moves, under a stated model of who holds what."""
