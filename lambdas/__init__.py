"""The API's functions: `ingest` publishes order lines, `query` returns invoices and customers."""
