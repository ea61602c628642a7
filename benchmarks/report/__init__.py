"""The results of a run, the aims, and docs/benchmarks.md with its charts."""
