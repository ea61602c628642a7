"""The custom resource that tells where a cluster's brokers are."""
