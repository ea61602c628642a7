"""Reads old messages of the topic again for one consumer, beside its usual reading."""
