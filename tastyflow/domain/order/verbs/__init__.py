"""The verbs of an order, by what they are about; `domain/order/order.py` is all of them."""
