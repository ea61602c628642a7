"""The function that returns invoices and customers, and the API's contract."""
