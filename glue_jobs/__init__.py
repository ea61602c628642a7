"""The PySpark jobs of the batch path: curate, load_tables, load_warehouse and maintain_lake."""
