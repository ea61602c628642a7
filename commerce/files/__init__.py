"""Files of order lines that people bring: wrapped, encoded, titled and dated in many ways, read as rows."""
