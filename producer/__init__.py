"""The client: reads CSV order lines and posts them to the API, and shows what came of them."""
