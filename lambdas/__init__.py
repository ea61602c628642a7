"""The API functions: `ingest` publishes order lines, `query` answers for invoices and customers."""
