-- A row is an hour of a day and a country that has at least one line in it. An invoice with lines of two hours counts
-- in both.
--
-- Columns:
--   day: local business day
--   hour: hour of that day, from 0 to 23
--   country: the country as the lines name it
--   invoices: how many invoices have a line of that hour and country, C and A invoices too
--   lines: how many lines, of every kind
--   net: sum of all amounts
CREATE OR REPLACE VIEW hourly_country_sales AS
SELECT
    day,
    CAST(EXTRACT(hour FROM invoicedate) AS INTEGER) AS hour,
    country,
    COUNT(DISTINCT invoiceno) AS invoices,
    COUNT(*) AS lines,
    CAST(SUM(amount) AS DECIMAL(38, 3)) AS net
FROM amounts
GROUP BY day, CAST(EXTRACT(hour FROM invoicedate) AS INTEGER), country;
