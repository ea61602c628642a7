-- A row is the customers who first appear in one month, in one month since (their own is number 0). A month in which
-- none of them has a line has no row. A customer's first month is that of the first line of any kind: a return before
-- the first sale proves a sale before the data begins. So each line with a customer counts in exactly one row, and
-- net over all rows is net over all customers. Lines without a customer are in no row.
--
-- Columns:
--   first_month: the first day of the month in which these customers first appear
--   month_number: months since then, from 0
--   month: the first day of the month that the row is about
--   customers: how many of them have a line in that month
--   buyers: how many of them have a sale in that month
--   net: sum of all their amounts in that month
CREATE OR REPLACE VIEW cohorts AS
WITH firsts AS (
    SELECT customerid, MIN(month) AS first_month
    FROM amounts
    WHERE customerid IS NOT NULL
    GROUP BY customerid
)
SELECT
    f.first_month AS first_month,
    CAST(DATEDIFF(month, f.first_month, a.month) AS INTEGER) AS month_number,
    a.month AS month,
    COUNT(DISTINCT a.customerid) AS customers,
    COUNT(DISTINCT CASE WHEN a.kind = 'sale' THEN a.customerid END) AS buyers,
    CAST(SUM(a.amount) AS DECIMAL(38, 3)) AS net
FROM amounts AS a
INNER JOIN firsts AS f ON f.customerid = a.customerid
GROUP BY f.first_month, a.month;
