"""Readers of the stores: one module a hop, from the CSV files to the warehouse."""
