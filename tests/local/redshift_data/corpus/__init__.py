"""Statements whose results AWS's documentation states, by topic.

Each module of this package holds one topic: `TABLES`, the statements that make what its cases read (names that no
other module uses), and `CASES`. `test_corpus` finds the modules by itself and runs all of them in one database.
"""
