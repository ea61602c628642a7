"""The PySpark jobs of the batch path: curate, load_tables and load_warehouse. They come with the batch issue."""
