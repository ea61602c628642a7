"""Quarantined records of every kind, and the decisions about them, as operators and the API read them."""
