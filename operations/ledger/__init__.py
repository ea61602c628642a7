"""The operator's commands for the raw archive's ledger."""
