"""The function that answers for invoices and customers, and hands out the API's contract."""
