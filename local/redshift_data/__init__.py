"""AWS's Redshift Data API on this machine: a Redshift Serverless workgroup emulated by embedded DuckDB.

docs/redshift-local.md lists which SQL and which calls it knows; whatever else it gets, it refuses by name.
"""
