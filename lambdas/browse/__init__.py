"""The function that shows the platform: the pipeline's state, and what topic, archive and quarantine hold."""
