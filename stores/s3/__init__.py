"""Ways into the lake bucket: its objects, and the records that the platform keeps there."""
