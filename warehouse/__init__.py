"""The warehouse: Redshift's tables and views, and the statements that load them.

`schema` reads the migrations and views, `migrating` runs them; `columns` and `loading` say in SQL what a load is.
"""
