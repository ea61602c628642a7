"""Keeps the lake's table in shape: few files a month, and no snapshots older than needed."""
