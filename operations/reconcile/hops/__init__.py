"""How the rows of each store are read: one module a hop, from the CSV files to the warehouse."""
