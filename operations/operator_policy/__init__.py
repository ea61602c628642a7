"""The IAM policy of who operates a deployed stage: what each command with `--stack` may do, on what, and why."""
