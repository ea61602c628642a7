"""Reading the lake without Spark: `table` opens and scans it, `query` answers SQL, `screen` shows the answer."""
