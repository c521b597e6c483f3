"""
The report of an order or a day as one HTML file: what was typed, understood, seen, checked, tested, approved, sent,
what came back, what was filled and told.

    page     the whole: heading, orders, the head of the log
    order    one order, section by section, from its events
    markup   the one place where text becomes HTML
    style    how it looks, on a screen and on paper
"""

from tastyflow_adapters.exports.report.page import Heading, report_page

__all__ = ["Heading", "report_page"]
