"""The commands `tillstream reconcile` and `tillstream ledger`."""

from operations.ledger.cli import ledger
from operations.reconcile.cli import reconcile

__all__ = ["ledger", "reconcile"]
