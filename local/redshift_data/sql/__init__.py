"""Redshift's SQL translated to DuckDB's: parsed, checked, resolved, typed, rewritten."""
