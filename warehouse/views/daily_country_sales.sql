-- A row is a day and a country that has at least one line on it. Each line counts in the country that it names, as in
-- countries, and on the day on which it was booked, as in daily_sales.
--
-- Columns:
--   day: local business day
--   country: the country as the lines name it
--   invoices: how many invoices have a line of that day and country, C and A invoices too
--   lines: how many lines, of every kind
--   units: sum of the quantities, so returns and write-offs lower it
--   gross: amount of the sales
--   returns: amount of the returns, 0 or negative
--   adjustments: amount of the adjustments
--   net: sum of all amounts: gross + returns + adjustments
CREATE OR REPLACE VIEW daily_country_sales AS
SELECT
    day,
    country,
    COUNT(DISTINCT invoiceno) AS invoices,
    COUNT(*) AS lines,
    CAST(SUM(quantity) AS BIGINT) AS units,
    CAST(SUM(CASE WHEN kind = 'sale' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS gross,
    CAST(SUM(CASE WHEN kind = 'return' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS returns,
    CAST(SUM(CASE WHEN kind = 'adjustment' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS adjustments,
    CAST(SUM(amount) AS DECIMAL(38, 3)) AS net
FROM amounts
GROUP BY day, country;
