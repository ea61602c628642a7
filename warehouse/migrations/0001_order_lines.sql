-- The fact table: a row is an order line, its columns are the record's (a test compares them with commerce.columns).
--
-- DISTKEY(InvoiceNo). Rows are spread by the hash of their invoice. Invoices are many and small (in the public data set
--   25,900 for 541,909 lines, the greatest 1,114), so slices stay even; an invoice lies on one slice, so that what is
--   summed by invoice, which every view does somewhere, and the load's MERGE, which asks for InvoiceNo beside LineId,
--   are joined where the rows are (DS_DIST_NONE). LineId would be as even and help the MERGE alone; CustomerID is
--   missing in a quarter of the rows, which would all lie on one slice; EVEN moves the table for every join.
-- SORTKEY(InvoiceDate). Nearly every question names days or months, and lines come by about the order of their dates, so
--   the zone maps leave out the blocks of other months, and little is left for the automatic sort.
-- ENCODE. RAW for the sort key: compressed, one block would hold so many rows that its zone map says little. AZ64 for
--   numbers. BYTEDICT for a column of few values (38 countries), ZSTD for other texts, and for LineId, whose hex digits
--   hold four bits in eight.
-- VARCHAR counts bytes, and a character of UTF-8 has up to four.
-- No PRIMARY KEY: Redshift enforces none, but plans as if it held. The load's own check is what keeps LineId unique.
CREATE TABLE order_lines (
    InvoiceNo VARCHAR(16) NOT NULL ENCODE ZSTD,
    StockCode VARCHAR(80) NOT NULL ENCODE ZSTD,
    Description VARCHAR(800) ENCODE ZSTD,
    Quantity INTEGER NOT NULL ENCODE AZ64,
    InvoiceDate TIMESTAMP NOT NULL ENCODE RAW,
    UnitPrice DECIMAL(13,3) NOT NULL ENCODE AZ64,
    CustomerID BIGINT ENCODE AZ64,
    Country VARCHAR(240) NOT NULL ENCODE BYTEDICT,
    Occurrence INTEGER NOT NULL ENCODE AZ64,
    LineId VARCHAR(32) NOT NULL ENCODE ZSTD
)
DISTSTYLE KEY
DISTKEY (InvoiceNo)
COMPOUND SORTKEY (InvoiceDate);
