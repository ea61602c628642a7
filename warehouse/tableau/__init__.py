"""Tableau's files, written from the warehouse's description: a data source of lines, and a workbook over the views.

    tillstream up
    python -m warehouse.tableau warehouse/tableau [--server HOST --database NAME]

`fields` says how Tableau holds a column, `sources` and `sheets` are XML elements, `workbook` puts them together.
docs/tableau.md tells how to open the files and what was not tried.
"""
