"""Comparisons of text."""

from tests.local.redshift_data.corpus.cases import gives

TABLES = (
    "CREATE TABLE address (address_id INTEGER, address1 VARCHAR(100), city_name CHAR(20), state CHAR(2))",
    "INSERT INTO address (address1) VALUES ('9516 Magnolia Boulevard'), ('9516 Magnolia Boulevard  ')",
)
CASES = (
    gives("Examples with character types", "SELECT LENGTH(MAX(address1)) FROM address", 25),
    gives("NULL condition", "SELECT COUNT(*) FROM address WHERE state IS NULL", 2, type="int8", name="count"),
)
