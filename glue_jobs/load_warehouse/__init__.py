"""The load of the warehouse: every batch that its ledger lacks, staged as even Parquet files and loaded whole.

`job` is the driver, `tasks` what Spark's workers run; the SQL is `warehouse.loading`'s.
"""
