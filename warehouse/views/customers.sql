-- A row is a customer. Lines without a customer are in no row (they are in every other view but cohorts and, as
-- unmatched, returns). A customer with several countries has one row: the country is that of the newest line (the
-- greatest by invoicedate and linekey), and countries says how many there were.
--
-- Columns:
--   customerid: who bought
--   country: the country of the customer's newest line
--   countries: how many different countries the customer's lines name
--   first_at: the time of the customer's first line
--   last_at: the time of the customer's newest line
--   invoices: how many invoices name the customer, C and A invoices too
--   lines: how many lines name the customer
--   units: sum of the quantities
--   gross: amount of the sales
--   returns: amount of the returns, 0 or negative
--   adjustments: amount of the adjustments
--   net: sum of all amounts: gross + returns + adjustments
CREATE OR REPLACE VIEW customers AS
WITH ordered AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY customerid ORDER BY invoicedate DESC, linekey DESC) AS place
    FROM amounts
    WHERE customerid IS NOT NULL
)
SELECT
    customerid,
    MAX(CASE WHEN place = 1 THEN country END) AS country,
    COUNT(DISTINCT country) AS countries,
    MIN(invoicedate) AS first_at,
    MAX(invoicedate) AS last_at,
    COUNT(DISTINCT invoiceno) AS invoices,
    COUNT(*) AS lines,
    CAST(SUM(quantity) AS BIGINT) AS units,
    CAST(SUM(CASE WHEN kind = 'sale' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS gross,
    CAST(SUM(CASE WHEN kind = 'return' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS returns,
    CAST(SUM(CASE WHEN kind = 'adjustment' THEN amount ELSE 0 END) AS DECIMAL(38, 3)) AS adjustments,
    CAST(SUM(amount) AS DECIMAL(38, 3)) AS net
FROM ordered
GROUP BY customerid;
