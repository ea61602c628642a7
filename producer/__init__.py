"""The client: replays order lines from CSV into the API, and shows what the API knows of an invoice or a customer."""
