"""Trace ids as X-Ray writes them."""

import os
import time


def trace_id() -> str:
    """A new root, not sampled: `Root=1-<seconds in hex>-<96 random bits>;Sampled=0`."""
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()};Sampled=0"
