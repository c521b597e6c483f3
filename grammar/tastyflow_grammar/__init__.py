"""The language: text to commands and back."""
