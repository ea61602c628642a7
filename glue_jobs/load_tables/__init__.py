"""The bulk load of DynamoDB: what curate took from files, as items, at a set rate.

`job` is the driver, `tasks` what Spark's workers run; `waves` (which lines go together, when an invoice is whole) and
`pace` (when the next items may go) are pure.
"""
