"""Speed, measured beside a bare limit and beside a user's alternatives, in the same run.

    make bench                              # all of them
    .venv/bin/python -m benchmarks lines    # one

The machine is noisy, so what counts is the ratio within a run. docs/benchmarks.md holds figures with their date.
"""
