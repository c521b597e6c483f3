"""
Answers that look and change nothing: orders, the account, the market, the story of an order, help.
"""
