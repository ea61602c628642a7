"""`make demo`, its closing table of proofs, and its recordings for the documentation."""
