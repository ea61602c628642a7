"""The commands that look at a running platform and run its jobs: the laptop's, or a deployed stage on AWS."""
