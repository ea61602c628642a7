"""The raw archive's ledger, as an operator sees it and decides about it."""
