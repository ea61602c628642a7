"""`tillstream doctor` and `tillstream logs`: diagnosis of the platform and of this machine."""
