"""A replay: rows read from files, posted to the API in batches, and resumed exactly after a stop or a kill."""
