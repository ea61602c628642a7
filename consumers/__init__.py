"""The functions that read from Kafka: `raw_archive` files messages in S3, `order_tables` writes DynamoDB."""
