"""The tools of every measurement: rows, local services, rounds, environments of the peers, and processor time."""
