"""Keeps the Invoices and Customers tables: every valid line once, each summary over all its invoice's lines.

`handler` carries out what `batch` plans: a message that is not an order line is quarantined, and the others go on.
"""
