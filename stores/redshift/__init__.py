"""The way into the warehouse: Redshift's Data API."""
