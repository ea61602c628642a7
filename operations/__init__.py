"""What operators run: reconciliation, the ledger."""
