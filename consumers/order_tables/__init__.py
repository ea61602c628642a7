"""Keeps the Invoices and Customers tables: every good line once, every summary that of all its invoice's lines.

`handler` carries out what `batch` plans: a message that is no order line is set aside and the others go on.
"""
