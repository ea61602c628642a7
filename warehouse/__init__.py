"""The warehouse: Redshift's tables and views, and the statements that load them.

`schema` reads the migrations and views, `migrating` runs them; `columns` and `loading` say what a batch's load is, in
SQL, and `parts` the list of files that COPY is given. All but `migrating` is pure.
"""
