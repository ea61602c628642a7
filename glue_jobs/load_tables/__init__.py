"""The bulk load of DynamoDB: the lines that curate took from files, as items, at a set rate.

`job` is the driver, `tasks` what Spark's workers run; `chunks` (which lines go together, when an invoice is whole) and
`pace` (when the next items may go) are pure.
"""
