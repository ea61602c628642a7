"""Erases a customer's lines from every store: searches them, removes them store by store, and searches again."""
