"""The custom resource that gives the addresses of a cluster's brokers."""
