"""The commands `tillstream reconcile`, `tillstream ledger`, `tillstream lake` and `tillstream cost`."""

from operations.cost.cli import cost
from operations.lake.cli import lake
from operations.ledger.cli import ledger
from operations.reconcile.cli import reconcile

__all__ = ["cost", "lake", "ledger", "reconcile"]
