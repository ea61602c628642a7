"""Alternatives that a user would write or pick, measured beside ours."""
