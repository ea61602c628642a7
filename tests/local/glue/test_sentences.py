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
        "the refused rows are with their reasons under quarantine/bulk/ and quarantine/stream/ of the lake bucket",
    ]
    assert sentences([json.dumps(curated | {"refused": 0, "set_aside": {}})])[1:] == []
    assert sentences(
        [
            json.dumps({"schema": ["0001_order_lines", "views"]}),
            json.dumps({"batch": "b", "lines": 3178, "lines_added": 1, "seconds": 1.0}),
            json.dumps({"published": "8ae5", "extracts": {"daily": 1000, "cohorts": 3}}),
        ]
    ) == [
        "the warehouse's schema was brought up to date: 0001_order_lines, views",
        "3,178 lines were loaded, 1 of them new (batch b)",
        "the sales extracts were published with 1,003 rows (version 8ae5)",
    ]
    assert sentences(
        [json.dumps({"compacted": {"rewritten_data_files_count": 4}, "expired": {"deleted_files": 0}})]
    ) == [
        "compacted: rewritten data files count 4",
        "forgotten with old snapshots: deleted files 0",
    ]


def test_a_record_of_another_form_stays_as_it_is() -> None:
    assert sentences(['{"new": 1}', "{torn"]) == ['{"new": 1}', "{torn"]


def test_a_load_that_wrote_nothing_says_whose_the_lines_of_the_stream_are() -> None:
    (said,) = sentences([json.dumps({"batch": "b", "lines": 0, "invoices": 0, "seconds": 1.0})])
    assert said == (
        "no line was written (batch b): no new one came by a dropped file, and those that came by the stream "
        "order_tables has written (`tillstream job load_tables --again --all` writes them too)"
    )
