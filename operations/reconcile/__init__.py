"""Reconciliation: proof that every store holds exactly the rows of the files, hop by hop (design.md section 9).

    files ──▶ csv ─┬─ topic ── s3        the same deliveries: partition, offset, payload
                   ├─ dynamodb           the same lines; Customers = their summaries
                   └─ lake               the same lines, each once

What curate took from `incoming/` need not have come by the topic: both together hold the lines of the files.

A module a hop reads its store and streams (`files`, `topic`, `bucket`, `tables`, `incoming`, `lake`); the pure core
counts and judges (`lines`, `scope`, `deliveries`, `objects`, `stream`, `invoices`, `verdict`). `run` joins them.
"""
