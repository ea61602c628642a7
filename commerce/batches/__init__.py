"""A batch in the lake bucket: its records, their keys, the sums of its staged files, and COPY's manifest."""
