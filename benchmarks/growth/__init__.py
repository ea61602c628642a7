"""Growth: the processor time and memory of jobs and functions, as the rows grow from half a million to twenty million.

    python -m benchmarks growth                                 # half a million rows
    python -m benchmarks growth --rows 5000000 20000000         # hours; each finished measurement is kept at once
    python -m benchmarks growth many                            # a run among 24 to 8,760 batches that are there already

Processor seconds are compared, which say the same on a busy machine; docs/growth.md is rendered from what was kept.
"""
