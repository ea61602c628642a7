"""The functions that Kafka feeds: `raw_archive` files what came in S3, `order_tables` writes DynamoDB."""
