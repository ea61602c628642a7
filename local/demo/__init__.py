"""`make demo`, the proofs that it shows, and the recordings of it for the documentation."""
