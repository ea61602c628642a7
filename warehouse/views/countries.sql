-- A row is a country. Each line counts in the country that it names, so a customer with two countries counts in both,
-- and lines without a customer count in all columns but customers.
--
-- Columns:
--   country: the country as the lines name it
--   customers: how many known customers have a line there
--   invoices: how many invoices have a line there, C and A invoices too
--   lines: how many lines, of every kind
--   units: sum of the quantities
--   gross: amount of the sales
--   returns: amount of the returns, 0 or negative
--   adjustments: amount of the adjustments
--   net: sum of all amounts: gross + returns + adjustments
CREATE OR REPLACE VIEW countries AS
SELECT
    country,
    COUNT(DISTINCT customerid) AS customers,
    COUNT(DISTINCT invoiceno) AS invoices,
    COUNT(*) AS lines,
    CAST(SUM(quantity) AS BIGINT) AS units,
    CAST(SUM(CASE WHEN kind = 'sale' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS gross,
    CAST(SUM(CASE WHEN kind = 'return' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS returns,
    CAST(SUM(CASE WHEN kind = 'adjustment' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS adjustments,
    CAST(SUM(amount) AS DECIMAL(38, 3)) AS net
FROM amounts
GROUP BY country;
