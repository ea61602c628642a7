"""The function that publishes posted order lines: POST /order-lines, PUT /invoices/{InvoiceNo}, and /hello's both."""
