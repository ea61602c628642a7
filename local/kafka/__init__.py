"""The Kafka of the laptop: a local process, docker's container, or an existing cluster."""
