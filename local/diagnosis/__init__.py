"""`tillstream doctor` and `tillstream logs`: finding out what is wrong on this machine."""
