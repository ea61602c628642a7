"""What the commands share at the terminal: arguments, the options that choose rows, tables, the answers of SQL."""
