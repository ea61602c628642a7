"""Merges new input from `incoming/` and `raw/` into the lake: each line once, however often and by any way it came.

`planning` decides what a batch reads and records its outcome, `reading` turns one input into lines and refused rows,
`merging` tells Spark which of them are new. `job` carries it out; a run that stopped anywhere is finished by the next.
"""
