"""The prefixes and keys of batches in the lake bucket."""

from typing import Final

from commerce.lines import ADDED

BATCHES: Final = "batches/"
PLANS: Final = f"{BATCHES}plans/"
STAGED: Final = f"{BATCHES}staged/"
MANIFESTS: Final = f"{BATCHES}manifests/"
FOLDS: Final = f"{BATCHES}folds/"
RESTORED: Final = f"{BATCHES}restored/"
EXPORTS: Final = f"{BATCHES}exports/"
TO_WAREHOUSE: Final = f"{BATCHES}warehouse/"
"""The prefix of load_warehouse's files for COPY, the only one that the warehouse may read."""


def plan_key(batch: str) -> str:
    """The key of a batch's plan: its inputs, decided before any of them is read.

    >>> plan_key("20101201T082600Z-00ff")
    'batches/plans/20101201T082600Z-00ff.json'
    """
    return f"{PLANS}{batch}.json"


def outcome_key(batch: str) -> str:
    """The key of the object that says how a batch's inputs were read: written once all are staged, before the commit.

    >>> outcome_key("20101201T082600Z-00ff")
    'batches/staged/20101201T082600Z-00ff/outcome.json'
    """
    return f"{STAGED}{batch}/outcome.json"


def manifest_key(batch: str) -> str:
    """The key of a batch's manifest: its inputs are in the lake, with the lines that they added.

    >>> manifest_key("20101201T082600Z-00ff")
    'batches/manifests/20101201T082600Z-00ff.json'
    """
    return f"{MANIFESTS}{batch}.json"


def restored_key(batch: str) -> str:
    """The key of the lake's count after lost lines were put back; `batch` is the newest one at that time.

    >>> restored_key("20101201T082600Z-00ff")
    'batches/restored/20101201T082600Z-00ff.json'
    """
    return f"{RESTORED}{batch}.json"


def export_prefix(export: str, table: str) -> str:
    """The prefix of the items of a table in an export; `table` is `invoices` or `customers`.

    >>> export_prefix("20101201T082600Z-00ff", "invoices")
    'batches/exports/20101201T082600Z-00ff/invoices/'
    """
    return f"{EXPORTS}{export}/{table}/"


def export_key(export: str) -> str:
    """The key of the record of an export, which is there once all its items are.

    >>> export_key("20101201T082600Z-00ff")
    'batches/exports/20101201T082600Z-00ff.json'
    """
    return f"{EXPORTS}{export}.json"


def staged_key(batch: str, source: str, number: int) -> str:
    """The key of the accepted lines of one task, as Parquet; `source` is `incoming` or `stream`.

    >>> staged_key("20101201T082600Z-00ff", "incoming", 7)
    'batches/staged/20101201T082600Z-00ff/incoming/00007.parquet'
    """
    return f"{STAGED}{batch}/{source}/{number:05}.parquet"


def loaded_prefix(store: str) -> str:
    """The common prefix of the keys of a store's ledger of loaded batches.

    >>> loaded_prefix("tables")
    'batches/loaded/tables/'
    """
    return f"{BATCHES}loaded/{store}/"


def loaded_key(store: str, batch: str) -> str:
    """The key of the ledger entry which says that a batch has been loaded into a store.

    >>> loaded_key("tables", "20101201T082600Z-00ff")
    'batches/loaded/tables/20101201T082600Z-00ff.json'
    """
    return f"{loaded_prefix(store)}{batch}.json"


def warehouse_prefix(batch: str) -> str:
    """The common prefix of the files of a batch for the warehouse's COPY.

    Another number of added fields is another prefix: COPY takes only files with all columns of its table.

    >>> warehouse_prefix("20101201T082600Z-00ff")
    'batches/warehouse/20101201T082600Z-00ff/'
    """
    return f"{TO_WAREHOUSE}{batch}/{f'{len(ADDED)}-added/' if ADDED else ''}"


def warehouse_key(batch: str, number: int) -> str:
    """The key of one part of a batch's lines for COPY, as Parquet.

    >>> warehouse_key("20101201T082600Z-00ff", 7)
    'batches/warehouse/20101201T082600Z-00ff/00007.parquet'
    """
    return f"{warehouse_prefix(batch)}{number:05}.parquet"


def fold_key(batch: str) -> str:
    """The key of the fold of all manifests up to this batch's.

    >>> fold_key("20101201T082600Z-00ff")
    'batches/folds/20101201T082600Z-00ff.json.gz'
    """
    return f"{FOLDS}{batch}.json.gz"


def copy_manifest_key(batch: str) -> str:
    """The key of COPY's manifest, the list of those parts, written once they are all there.

    >>> copy_manifest_key("20101201T082600Z-00ff")
    'batches/warehouse/20101201T082600Z-00ff/manifest.json'
    """
    return f"{warehouse_prefix(batch)}manifest.json"
