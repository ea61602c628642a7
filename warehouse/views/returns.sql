-- A row is a return: a line of a C invoice with a negative quantity, with the sale that it takes back if one can be
-- found. The data names no sale on a return, so these rules find it; the same lines always give the same answer:
--
-- 1. A sale can be the one if it is a line of kind sale of the same customer and stock code, at or before the time of
--    the return, of at least as many units.
-- 2. Among those it is one with the same price, else any; then the newest (the greatest by invoicedate and linekey).
-- 3. Returns of one sale are taken in their order (by invoicedate and linekey) as long as they add up to no more units
--    than were sold. One that asks for more has no sale, nor have those after it: no other sale is tried.
--
-- So no more comes back of a matched sale than was sold. A return of what was sold before the data begins, of several
-- sales at once, or of a fee or discount has no sale, and says so in outcome.
--
-- Columns:
--   lineid: the return's identity, one row each
--   invoiceno: the C invoice
--   stockcode: what came back
--   description: the product's text on the return; NULL where it is missing
--   customerid: who returned it; NULL where it is not known
--   country: the country on the return
--   invoicedate: the time of the return
--   day: the day of the return
--   units: how many came back, as a positive number
--   unitprice: price of one unit on the return
--   amount: what is given back, 0 or negative
--   outcome: matched; no customer; no sale (rule 1 finds none); sale used up (rule 3)
--   sale_lineid: the identity of the sale's line; NULL where there is none
--   sale_invoiceno: the invoice of the sale; NULL where there is none
--   sale_invoicedate: the time of the sale; NULL where there is none
--   sale_units: how many units that line sold; NULL where there is none
--   sale_unitprice: the price of one unit in the sale; NULL where there is none
--   days_after: midnights between the sale and its return; NULL where there is none
CREATE OR REPLACE VIEW returns AS
WITH returned AS (
    SELECT *, -CAST(quantity AS BIGINT) AS units
    FROM amounts
    WHERE kind = 'return'
),
candidates AS (
    SELECT
        r.lineid AS lineid,
        r.invoicedate AS invoicedate,
        r.linekey AS linekey,
        r.units AS units,
        s.lineid AS sale_lineid,
        s.invoiceno AS sale_invoiceno,
        s.invoicedate AS sale_invoicedate,
        s.quantity AS sale_units,
        s.unitprice AS sale_unitprice,
        ROW_NUMBER() OVER (
            PARTITION BY r.lineid
            ORDER BY
                CASE WHEN s.unitprice = r.unitprice THEN 0 ELSE 1 END,
                s.invoicedate DESC,
                s.linekey DESC
        ) AS place
    FROM returned AS r
    INNER JOIN amounts AS s
        ON s.customerid = r.customerid
        AND s.stockcode = r.stockcode
        AND s.invoicedate <= r.invoicedate
        AND s.quantity >= r.units
        AND s.kind = 'sale'
),
claims AS (
    SELECT
        lineid,
        sale_lineid,
        sale_invoiceno,
        sale_invoicedate,
        sale_units,
        sale_unitprice,
        SUM(units) OVER (
            PARTITION BY sale_lineid
            ORDER BY invoicedate, linekey
            ROWS UNBOUNDED PRECEDING
        ) AS claimed
    FROM candidates
    WHERE place = 1
)
SELECT
    r.lineid AS lineid,
    r.invoiceno AS invoiceno,
    r.stockcode AS stockcode,
    r.description AS description,
    r.customerid AS customerid,
    r.country AS country,
    r.invoicedate AS invoicedate,
    r.day AS day,
    r.units AS units,
    r.unitprice AS unitprice,
    r.amount AS amount,
    CAST(
        CASE
            WHEN r.customerid IS NULL THEN 'no customer'
            WHEN c.lineid IS NULL THEN 'no sale'
            WHEN c.claimed > c.sale_units THEN 'sale used up'
            ELSE 'matched'
        END AS VARCHAR(12)
    ) AS outcome,
    CASE WHEN c.claimed <= c.sale_units THEN c.sale_lineid END AS sale_lineid,
    CASE WHEN c.claimed <= c.sale_units THEN c.sale_invoiceno END AS sale_invoiceno,
    CASE WHEN c.claimed <= c.sale_units THEN c.sale_invoicedate END AS sale_invoicedate,
    CASE WHEN c.claimed <= c.sale_units THEN c.sale_units END AS sale_units,
    CASE WHEN c.claimed <= c.sale_units THEN c.sale_unitprice END AS sale_unitprice,
    CASE WHEN c.claimed <= c.sale_units THEN DATEDIFF(day, c.sale_invoicedate, r.invoicedate) END AS days_after
FROM returned AS r
LEFT JOIN claims AS c ON c.lineid = r.lineid;
