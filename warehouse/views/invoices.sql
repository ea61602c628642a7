-- A row is an invoice. Its day, customer and country are those of its first line (the least by invoicedate and
-- linekey), as in the API and the table Invoices; in the data only the minute ever differs inside an invoice.
--
-- Columns:
--   invoiceno: the invoice's number with its letter
--   kind: return for a C invoice, adjustment for an A invoice, else sale
--   invoicedate: the least time of its lines
--   day: the day of invoicedate
--   customerid: the customer of its first line; NULL where that has none
--   country: the country of its first line
--   lines: how many lines it has
--   units: sum of the quantities
--   net: the sum of all its amounts (Amount in the API)
CREATE OR REPLACE VIEW invoices AS
WITH ordered AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY invoiceno ORDER BY invoicedate, linekey) AS place
    FROM amounts
)
SELECT
    invoiceno,
    CAST(
        CASE LEFT(invoiceno, 1) WHEN 'C' THEN 'return' WHEN 'A' THEN 'adjustment' ELSE 'sale' END AS VARCHAR(10)
    ) AS kind,
    MIN(invoicedate) AS invoicedate,
    MIN(day) AS day,
    MAX(CASE WHEN place = 1 THEN customerid END) AS customerid,
    MAX(CASE WHEN place = 1 THEN country END) AS country,
    COUNT(*) AS lines,
    CAST(SUM(quantity) AS BIGINT) AS units,
    CAST(SUM(amount) AS DECIMAL(38, 3)) AS net
FROM ordered
GROUP BY invoiceno;
