"""The records of a job are shown at the terminal as sentences."""

import json

from local.glue.sentences import sentences


def test_each_job_s_records_are_sentences() -> None:
    curated = {
        "batch": "b", "files": 2, "objects": 1, "rows": 3190, "refused": 12,
        "set_aside": {"incoming/x.csv": "quarantine/bulk/x.csv/e.jsonl"}, "lines_added": 3178, "snapshot": 5,
    }  # fmt: skip
    assert sentences([json.dumps(curated)]) == [
        "2 dropped files and 1 raw object with 3,190 rows were read: 3,178 lines are new in the lake, 12 rows refused "
        "(batch b)",
        "incoming/x.csv was quarantined whole: `tillstream quarantine list` says why",
        "`tillstream quarantine list` shows what was refused, and why",
    ]
    assert sentences([json.dumps(curated | {"refused": 0, "set_aside": {}})])[1:] == []
    assert sentences(
        [
            json.dumps({"schema": ["0001_order_lines", "views"]}),
            json.dumps({"batch": "b", "lines": 3178, "lines_added": 1, "seconds": 1.0}),
            json.dumps({"batch": "c", "lines": 1, "lines_added": 1, "seconds": 1.0, "again": True}),
            json.dumps({"published": "8ae5", "extracts": {"daily": 1000, "cohorts": 3}}),
        ]
    ) == [
        "the warehouse's schema was brought up to date: 0001_order_lines, views",
        "3,178 lines were loaded, 1 of them new (batch b)",
        "1 line was loaded again, and the table has each once (batch c)",
        "the sales extracts were published with 1,003 rows (version 8ae5)",
    ]


def test_maintenance_says_what_became_of_the_lakes_files() -> None:
    compacted = {
        "rewritten_data_files_count": 4, "added_data_files_count": 1, "rewritten_bytes_count": 52_000,
        "failed_data_files_count": 0, "removed_delete_files_count": 0,
    }  # fmt: skip
    expired = {
        "deleted_data_files_count": 4, "deleted_position_delete_files_count": 0, "deleted_manifest_files_count": 1,
        "deleted_manifest_lists_count": 2, "deleted_statistics_files_count": 0,
    }  # fmt: skip
    assert sentences([json.dumps({"compacted": compacted, "expired": expired})]) == [
        "4 data files of the lake, 52,000 bytes, were compacted into 1",
        "deleted with old snapshots: 4 data files, 1 manifest file, 2 manifest lists",
    ]
    nothing = {"compacted": dict.fromkeys(compacted, 0), "expired": dict.fromkeys(expired, 0)}
    assert sentences([json.dumps(nothing)]) == [
        "no data file of the lake was small enough to be compacted",
        "no snapshot was old enough to be deleted with its files",
    ]


def test_a_verb_after_one_is_in_the_singular() -> None:
    curated = {"batch": "b", "files": 1, "objects": 0, "rows": 1, "refused": 0, "set_aside": {}, "lines_added": 1}
    records: list[object] = [
        curated | {"snapshot": 5},
        {"batches": 2, "until": "b", "restored": 1},
        {"batch": "b", "lines": 1, "invoices": 1},
        {"batch": "b", "lines": 1, "lines_added": 1},
        {"erasure": "e", "lines_erased": 1},
        {"batch": "b", "restaged": {"batches/staged/b/incoming/00000.parquet": "is missing"}},
    ]
    assert sentences(map(json.dumps, records)) == [
        "1 dropped file and 0 raw objects with 1 row were read: 1 line is new in the lake, 0 rows refused (batch b)",
        "1 line of 2 batches was put back (the newest: b)",
        "1 line of 1 invoice was written (batch b)",
        "1 line was loaded, 1 of them new (batch b)",
        "1 line of the erasure e was deleted",
        "1 staged file of batch b was written anew, since batches/staged/b/incoming/00000.parquet is missing",
    ]


def test_a_record_of_another_form_stays_as_it_is() -> None:
    assert sentences(['{"new": 1}', "{torn"]) == ['{"new": 1}', "{torn"]


def test_a_load_that_wrote_nothing_says_whose_the_lines_of_the_stream_are() -> None:
    (said,) = sentences([json.dumps({"batch": "b", "lines": 0, "invoices": 0, "seconds": 1.0})])
    assert said == (
        "no line was to be written (batch b): no dropped file brought a new one, and order_tables writes the lines of "
        "the stream (`tillstream job load_tables --again --all` writes them too)"
    )
