"""Fills empty tables by DynamoDB's own bulk load, from items that load_tables wrote to the bucket."""
