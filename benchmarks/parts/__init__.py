"""The parts of the benchmark, each a module with `measure`, and the modules that only they need."""
