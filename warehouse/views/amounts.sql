-- A row is an order line, with its kind and amount. The other views build on this one, so this one alone
-- defines a sale, a return and an adjustment:
--
-- * adjustment: a line of an A invoice, whatever its signs. A bad debt is booked by a negative price.
-- * return: a line of a C invoice with a negative quantity: goods that came back, and fees and discounts that are
--   booked in the same way (AMAZONFEE, D, M).
-- * write_off: any other line with a negative quantity and no price: stock lost, broken or counted anew.
-- * sale: all others. A negative quantity with a price takes back a sale that was never made, so it lowers sales; a
--   positive quantity on a C invoice is a charge. A price of 0 is a gift or a find and counts as a line. A negative
--   price outside an A invoice lowers sales.
--
-- So a line has exactly one kind, and gross + returns + adjustments = net, since a write-off has an amount of 0.
--
-- Columns:
--   linekey: orders the lines of one moment, as in DynamoDB: invoiceno, stockcode and lineid with # between
--   lineid: the line's identity, from its fields and which copy it is
--   invoiceno: the invoice's number with its letter, C for a return, A for an adjustment
--   stockcode: what was sold; a and A are different codes
--   description: the product's text on this line, blanks kept; NULL where it is missing
--   customerid: who bought; NULL where it is not known
--   country: the customer's country on this line
--   invoicedate: local business time, without a zone
--   day: the day of invoicedate
--   month: the first day of the month of invoicedate
--   quantity: units, negative where goods go the other way
--   unitprice: price of one unit
--   amount: quantity times unitprice, exactly
--   kind: sale, return, adjustment or write_off
CREATE OR REPLACE VIEW amounts AS
SELECT
    -- the # sorts before every letter and digit, so these keys sort like invoiceno, then stockcode, then lineid
    invoiceno || '#' || stockcode || '#' || lineid AS linekey,
    lineid,
    invoiceno,
    stockcode,
    description,
    customerid,
    country,
    invoicedate,
    CAST(invoicedate AS DATE) AS day,
    CAST(DATE_TRUNC('month', invoicedate) AS DATE) AS month,
    quantity,
    unitprice,
    -- widened first, so that the greatest line there may be has room: 2^31 times 10^9, and three decimals
    CAST(quantity * CAST(unitprice AS DECIMAL(24, 3)) AS DECIMAL(24, 3)) AS amount,
    CAST(
        CASE
            WHEN LEFT(invoiceno, 1) = 'A' THEN 'adjustment'
            WHEN LEFT(invoiceno, 1) = 'C' AND quantity < 0 THEN 'return'
            WHEN quantity < 0 AND unitprice = 0 THEN 'write_off'
            ELSE 'sale'
        END AS VARCHAR(10)
    ) AS kind
FROM order_lines;
