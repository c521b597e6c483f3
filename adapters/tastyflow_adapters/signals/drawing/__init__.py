"""Gamma exposure for the eye: a profile in the terminal, and a picture."""
