"""Maintains the lake's table: few files a month, and no snapshots older than needed."""
