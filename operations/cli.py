"""The commands `tillstream reconcile`, `tillstream ledger` and `tillstream lake`."""

from operations.lake.cli import lake
from operations.ledger.cli import ledger
from operations.reconcile.cli import reconcile

__all__ = ["lake", "ledger", "reconcile"]
