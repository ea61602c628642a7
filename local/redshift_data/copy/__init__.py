"""COPY: its options, the objects that it reads, and the load."""
