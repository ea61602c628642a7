"""The roles of the templates, held: what a role's policies do not allow is refused, and every use is recorded."""
