"""Ways into Kafka: settings, publisher, reader, and administrative requests."""
