"""Shared by all commands at the terminal: arguments, exit codes, row selections, tables, printed SQL results."""
