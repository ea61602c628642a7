"""Commands for operators: reconciliation, the raw archive's ledger, the lake, cost."""
