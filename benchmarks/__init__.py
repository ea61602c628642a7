"""Speed, measured beside a bare limit and beside a user's alternatives, in the same run.

    make bench                              # all parts, in twenty minutes
    make bench PARTS=lines                  # one
    make bench-gate                         # a short run's ratios beside the committed ones

    gate.py, ratios.json                    # the gate
    parts/                                  # the parts: ours beside peers and a limit
    peers/ hooks/                           # programs of the peers, and their locked environments
    measure/                                # the tools: rounds, rows, local services, processor time
    report/                                 # results, aims, docs/benchmarks.md
    profiling/ growth/ verdict.py scale.py  # each measures or computes something of its own, by name

The machine is noisy, so what counts is the ratio within a round. docs/benchmarks.md is rendered from the last runs.
"""
