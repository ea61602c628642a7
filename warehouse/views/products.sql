-- A row is a stock code. Codes that differ in case only are different products, as in the data; fees, postage and
-- discounts (AMAZONFEE, POST, D) are stock codes too and have their rows.
--
-- A code's text changes from line to line, and write-offs hold notes such as "damaged". So the description is that of
-- the newest line with a text and a price (the greatest by invoicedate and linekey); where no line has both, of the
-- newest with a text.
--
-- Columns:
--   stockcode: the product's code
--   description: the product's text; NULL where no line has one
--   first_day: the day of its first line
--   last_day: the day of its newest line
--   customers: how many known customers have a line of it
--   invoices: how many invoices have a line of it, C and A invoices too
--   lines: how many lines, of every kind
--   units_sold: units of its sales
--   units_returned: units of its returns, as a positive number
--   units_written_off: units of its write-offs, as a positive number
--   units: sum of the quantities, of adjustments too
--   gross: amount of the sales
--   returns: amount of the returns, 0 or negative
--   adjustments: amount of the adjustments
--   net: sum of all amounts: gross + returns + adjustments
CREATE OR REPLACE VIEW products AS
WITH ordered AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY stockcode
            ORDER BY
                CASE WHEN description IS NULL THEN 2 WHEN unitprice = 0 THEN 1 ELSE 0 END,
                invoicedate DESC,
                linekey DESC
        ) AS place
    FROM amounts
)
SELECT
    stockcode,
    MAX(CASE WHEN place = 1 THEN description END) AS description,
    MIN(day) AS first_day,
    MAX(day) AS last_day,
    COUNT(DISTINCT customerid) AS customers,
    COUNT(DISTINCT invoiceno) AS invoices,
    COUNT(*) AS lines,
    CAST(SUM(CASE WHEN kind = 'sale' THEN quantity ELSE 0 END) AS BIGINT) AS units_sold,
    CAST(-SUM(CASE WHEN kind = 'return' THEN quantity ELSE 0 END) AS BIGINT) AS units_returned,
    CAST(-SUM(CASE WHEN kind = 'write_off' THEN quantity ELSE 0 END) AS BIGINT) AS units_written_off,
    CAST(SUM(quantity) AS BIGINT) AS units,
    CAST(SUM(CASE WHEN kind = 'sale' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS gross,
    CAST(SUM(CASE WHEN kind = 'return' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS returns,
    CAST(SUM(CASE WHEN kind = 'adjustment' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS adjustments,
    CAST(SUM(amount) AS DECIMAL(38, 3)) AS net
FROM ordered
GROUP BY stockcode;
