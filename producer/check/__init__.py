"""`tillstream replay --check`: every problem of the files, and what would be sent, found without sending."""
