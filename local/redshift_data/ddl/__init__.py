"""CREATE, ALTER, DROP and COMMENT as Redshift defines them."""
