"""`tillstream status`: the running processes, and the content of each store."""
