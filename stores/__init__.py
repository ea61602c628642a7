"""Clients of the platform's stores, each used by more than one deployable."""
