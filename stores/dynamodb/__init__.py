"""Ways into DynamoDB: the client, items, the platform's tables and its ledger."""
