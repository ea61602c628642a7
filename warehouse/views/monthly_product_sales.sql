-- A row is a month, a country and a stock code that has at least one line in both. Codes that differ in case only are
-- different products, as in products, which has their texts.
--
-- Columns:
--   month: the first day of the month
--   country: the country as the lines name it
--   stockcode: the product's code
--   units_sold: units of its sales
--   units_returned: units of its returns, as a positive number
--   gross: amount of the sales
--   returns: amount of the returns, 0 or negative
--   adjustments: amount of the adjustments
--   net: sum of all amounts: gross + returns + adjustments
CREATE OR REPLACE VIEW monthly_product_sales AS
SELECT
    month,
    country,
    stockcode,
    CAST(SUM(CASE WHEN kind = 'sale' THEN quantity ELSE 0 END) AS BIGINT) AS units_sold,
    CAST(-SUM(CASE WHEN kind = 'return' THEN quantity ELSE 0 END) AS BIGINT) AS units_returned,
    CAST(SUM(CASE WHEN kind = 'sale' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS gross,
    CAST(SUM(CASE WHEN kind = 'return' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS returns,
    CAST(SUM(CASE WHEN kind = 'adjustment' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS adjustments,
    CAST(SUM(amount) AS DECIMAL(38, 3)) AS net
FROM amounts
GROUP BY month, country, stockcode;
