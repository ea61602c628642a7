"""What the commands share at the terminal: arguments, exit codes, options that choose rows, tables, answers of SQL."""
