"""The pages of docs/runbook, each followed by its own commands after its accident was made."""
