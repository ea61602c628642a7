"""Records of the batches in the lake bucket: plans, outcomes, manifests, and ledgers of the loads.

Manifests are the ledger of inputs: an input has been taken when a manifest names its key and ETag. Folds repeat what
many manifests name, so that a run of curate reads one object instead of all of them.
"""

import gzip
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from commerce.batches.copy_manifest import CopyManifest
from commerce.batches.paths import (
    FOLDS,
    MANIFESTS,
    PLANS,
    RESTORED,
    TO_WAREHOUSE,
    copy_manifest_key,
    export_key,
    fold_key,
    loaded_key,
    loaded_prefix,
    manifest_key,
    outcome_key,
    plan_key,
    restored_key,
    warehouse_prefix,
)
from commerce.batches.records import Export, Fold, Input, Manifest, Outcome, Plan, Restored
from commerce.paths import INCOMING, LAKE, parse_raw_key, raw_prefix
from stores.retries import Retries, never
from stores.s3.listing import listed
from stores.s3.objects import Lake

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REQUESTS_AT_ONCE: Final = 8

FOLDED_AT: Final = 24
"""Manifests after which a fold is written: a day of hourly batches. No run of curate reads more."""

COMPRESSION: Final = 1

Record = TypeVar("Record")

_COPY_MANIFEST: Final = msgspec.json.Decoder(CopyManifest)
_EXPORT: Final = msgspec.json.Decoder(Export)
_FOLD: Final = msgspec.json.Decoder(Fold)
_MANIFEST: Final = msgspec.json.Decoder(Manifest)
_OUTCOME: Final = msgspec.json.Decoder(Outcome)
_PLAN: Final = msgspec.json.Decoder(Plan)
_RESTORED: Final = msgspec.json.Decoder(Restored)


@dataclass(frozen=True, slots=True)
class Batches:
    """The batch records of one lake bucket, read and written by an S3 client."""

    client: "S3Client"
    bucket: str
    retries: Retries = field(default_factory=never)

    def incoming(self) -> list[Input]:
        """Every file under `incoming/`, whatever its name, by key."""
        return [found for found in self._inputs(INCOMING) if not found.key.endswith("/")]

    def raw_objects(self, topic: str) -> list[Input]:
        """Every raw object of the topic, by key."""
        return [found for found in self._inputs(raw_prefix(topic)) if parse_raw_key(found.key)]

    def ids(self, after: str = "") -> list[str]:
        """The ids of all batches that have a manifest, oldest first; with `after`, of those after this batch."""
        return self._ids(MANIFESTS, manifest_key(after) if after else "")

    def recent(self) -> list[str]:
        """The ids of the newest batches, oldest first: all that are not in the third newest fold, 72 of hourly ones."""
        folds = [found.key.removeprefix(FOLDS).removesuffix(".json.gz") for found in self._inputs(FOLDS)]
        return self.ids(after=folds[-3] if len(folds) > 2 else "")

    def manifest(self, batch: str) -> Manifest:
        """The manifest of this batch."""
        return self._read(manifest_key(batch), _MANIFEST)

    def manifests(self) -> Iterator[Manifest]:
        """All manifests, oldest first."""
        return self.manifests_of(self.ids())

    def manifests_of(self, batches: Iterable[str]) -> Iterator[Manifest]:
        """The manifests of these batches, in their order."""
        return self._all(self.manifest, batches)

    def taken(self, by: Iterable[str] | None = None) -> set[tuple[str, str]]:
        """Key and ETag of every input, file or raw object, in a manifest: in any, or in those of these batches."""
        return {
            taken.identity
            for manifest in self._all(self.manifest, self.ids() if by is None else by)
            for taken in (*manifest.outcome.files, *manifest.outcome.objects)
        }

    def plans(self, after: str = "") -> list[str]:
        """The ids of all planned batches, oldest first; with `after`, of those after this batch."""
        return self._ids(PLANS, plan_key(after) if after else "")

    def plan(self, batch: str) -> Plan:
        """The plan of this batch."""
        return self._read(plan_key(batch), _PLAN)

    def unfinished(self, after: str = "") -> list[Plan]:
        """The plans without a manifest, oldest first; with `after`, of the batches after this one."""
        done = set(self.ids(after))
        return [self.plan(batch) for batch in self.plans(after) if batch not in done]

    def fold(self) -> Fold:
        """The newest fold; an empty one before the first."""
        keys = [found.key for found in self._inputs(FOLDS)]
        return _FOLD.decode(gzip.decompress(self._lake.read(keys[-1]))) if keys else Fold()

    def extended(self, fold: Fold) -> Fold:
        """A stored fold over all batches, if a day of hourly ones has come after this fold; else this fold.

        No batch may be unfinished. Each fold is an object of its own, which holds all that the one before it does; a
        run that stops anywhere leaves the older one.
        """
        ids = self.ids(fold.batch)
        if len(ids) < FOLDED_AT:
            return fold
        longer = Fold(ids[-1], tuple(sorted({*fold.taken, *self.taken(ids)})))
        body = gzip.compress(msgspec.json.encode(longer), COMPRESSION, mtime=0)
        self._lake.put_once(fold_key(longer.batch), body, "application/gzip")
        return longer

    def outcome(self, batch: str) -> Outcome | None:
        """The record of how a batch's inputs were read and staged; None until all of them are."""
        # looked for, not asked for: S3 calls access denied what is absent, where only a prefix may be listed
        key = outcome_key(batch)
        return self._read(key, _OUTCOME) if self._inputs(key) else None

    def put_plan(self, plan: Plan) -> None:
        """Store a batch's plan: the inputs that the batch will read."""
        self._put(plan_key(plan.batch), plan)

    def put_outcome(self, batch: str, outcome: Outcome) -> None:
        """Store the record of how a batch's inputs were read and staged."""
        self._put(outcome_key(batch), outcome)

    def put_manifest(self, manifest: Manifest) -> None:
        """Store the manifest: from now on the batch's inputs count as taken."""
        self._put(manifest_key(manifest.batch), manifest)

    def restored(self, begin: str = "") -> Iterator[Restored]:
        """The lake's counts after lost lines were put back, oldest first; those of the batches from this one on."""
        ids = self._ids(RESTORED, f"{RESTORED}{begin}" if begin else "")
        return self._all(lambda batch: self._read(restored_key(batch), _RESTORED), ids)

    def put_restored(self, restored: Restored) -> None:
        """Store the lake's count after lost lines were put back, in place of an earlier one after the same batch."""
        self._put(restored_key(restored.batch), restored)

    def loaded(self, store: str, after: str = "") -> set[str]:
        """The ids of the batches in the store's own ledger (`tables`); with `after`, of those from this batch on."""
        return set(self._ids(loaded_prefix(store), f"{loaded_prefix(store)}{after}" if after else ""))

    def put_loaded(self, store: str, batch: str, record: object) -> None:
        """Add the batch to the store's ledger of loads; `record` is the entry's content, as JSON."""
        self._put(loaded_key(store, batch), record)

    def loaded_entry(self, store: str, batch: str, decoder: "msgspec.json.Decoder[Record]") -> Record:
        """The entry of a loaded batch in the store's own ledger."""
        return self._read(loaded_key(store, batch), decoder)

    def export(self, export: str) -> Export:
        """The record of this export."""
        return self._read(export_key(export), _EXPORT)

    def put_export(self, export: Export) -> None:
        """Store the record of an export: all its items are there."""
        self._put(export_key(export.export), export)

    def lake_files(self) -> bool:
        """Whether the lake holds a data file, even one that its table no longer uses."""
        return any(found.key.endswith(".parquet") for found in self._inputs(LAKE))

    def to_load(self, loaded: Collection[str]) -> Iterator[Manifest]:
        """The manifests of all batches but the loaded ones, oldest first."""
        return self._all(self.manifest, [batch for batch in self.ids() if batch not in loaded])

    def copy_manifest(self, batch: str) -> CopyManifest | None:
        """The COPY manifest of this batch; None if it is missing, names no file, or one that is of another size now."""
        key = copy_manifest_key(batch)
        there = {found.key: found.bytes for found in self._inputs(warehouse_prefix(batch))}
        if key not in there:
            return None
        manifest = self._read(key, _COPY_MANIFEST)
        return manifest if manifest.entries and manifest.sizes(self.bucket).items() <= there.items() else None

    def put_copy_manifest(self, batch: str, manifest: CopyManifest) -> None:
        """Store the COPY manifest: all its files are there."""
        self._put(copy_manifest_key(batch), manifest)

    def withdraw_copy_manifests(self, batches: Collection[str]) -> None:
        """Empty the COPY manifests of these batches, so that their files are written anew before the next load.

        They are emptied, not deleted: the load job may put objects there, and delete none.
        """
        there = {found.key for found in self._inputs(TO_WAREHOUSE)}
        with_manifest = [batch for batch in batches if copy_manifest_key(batch) in there]
        for _ in self._all(lambda batch: self.put_copy_manifest(batch, CopyManifest(())), with_manifest):
            pass

    def _ids(self, prefix: str, after: str = "") -> list[str]:
        keys = (found.key for found in self._inputs(prefix, after))
        return sorted(key.removeprefix(prefix).removesuffix(".json") for key in keys if key.endswith(".json"))

    def _inputs(self, prefix: str, after: str = "") -> list[Input]:
        found = listed(self.retries, self.client, self.bucket, prefix, after)
        # S3 lists no object without an ETag, but S3Proxy does while one is being put: a later run takes it
        return sorted(Input(it["Key"], it["ETag"].strip('"'), it["Size"]) for it in found if "ETag" in it)

    def _read(self, key: str, decoder: "msgspec.json.Decoder[Record]") -> Record:
        return decoder.decode(self._lake.read(key))

    @property
    def _lake(self) -> Lake:
        return Lake(self.client, self.bucket, self.retries)

    def _put(self, key: str, record: object) -> None:
        body = msgspec.json.encode(record)
        put = partial(self.client.put_object, Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")
        self.retries.ask(put)

    def _all(self, read: Callable[[str], Record], ids: Iterable[str]) -> Iterator[Record]:
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            yield from pool.map(read, ids)
