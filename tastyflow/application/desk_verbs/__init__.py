"""The verbs of a desk, by what they are about; `tastyflow/application/desk.py` is all of them."""
