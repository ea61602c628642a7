"""The servers that stand for MSK, DynamoDB and S3 on the laptop: Apache Kafka, DynamoDB Local and S3Proxy."""
