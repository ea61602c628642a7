"""Speed, measured beside a bare limit and beside a user's alternatives, in the same run.

    make bench                              # all parts, in twenty minutes
    make bench PARTS=lines                  # one
    make bench-gate                         # a short run's ratios beside the committed ones

The machine is noisy, so what counts is the ratio within a round. docs/benchmarks.md is rendered from the last runs.
"""
