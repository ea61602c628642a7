"""Reconciliation: proof that every store holds exactly the rows of the files, hop by hop (design.md section 9).

    files ──▶ csv ─┬─ topic ── s3        the same deliveries: partition, offset, payload
                   └─ dynamodb           the same lines; Customers = their summaries

A module a hop reads its store and streams (`files`, `topic`, `raw`, `tables`); the pure core counts and judges
(`lines`, `scope`, `deliveries`, `objects`, `stream`, `invoices`, `verdict`). `run` joins them.
"""
