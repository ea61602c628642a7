"""The local servers that replace MSK, DynamoDB and S3: Apache Kafka, DynamoDB Local and S3Proxy."""
