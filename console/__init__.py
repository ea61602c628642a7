"""What the commands share at the terminal: arguments, and the options that choose rows."""
