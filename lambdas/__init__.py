"""The API's functions.

`ingest` publishes order lines, `query` returns invoices and customers, `browse` shows what the platform holds.
"""
