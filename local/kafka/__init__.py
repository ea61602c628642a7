"""The Kafka of the laptop: a process of its own, docker's container, or a cluster that runs already."""
