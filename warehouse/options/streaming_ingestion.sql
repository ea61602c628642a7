-- Redshift streaming ingestion: the topic order-lines straight into a materialized view, seconds behind the stream.
--
-- AN OPTION, AND NOT RUN: neither on AWS (nothing of Tillstream was) nor on the laptop, whose Redshift refuses
-- these statements by name. Written from AWS's documentation (Redshift Database Developer Guide, "Streaming ingestion to a
-- materialized view", getting started with Amazon MSK), read in November 2026. Nothing else depends on it.
--
-- What it is good for: dashboards that must not wait for the batch workflow. What it is not: a copy of the lines that is
-- counted. It holds what the topic holds: every delivery, so a line that was posted again stands there again; nothing
-- that came by files; and it checks no line. So order_lines stays the warehouse's truth, and reconcile never looks here.
--
-- How to run it, once a stage is deployed:
--   1. The role of the namespace (its default role) needs, on the cluster, its topic and any group of it:
--        kafka-cluster:Connect, DescribeTopic, ReadData, DescribeGroup, AlterGroup
--   2. The workgroup must reach the brokers on port 9098: enhanced VPC routing on, the same VPC (or one that is routed
--      to it), and the cluster's security group open to the workgroup's on that port.
--   3. Put the bootstrap servers (port 9098) into the first statement: `aws kafka get-bootstrap-brokers` tells them.
--      Then run the statements one after another, in Redshift's query editor or by `tillstream sql --stack NAME "…"`:
--      neither CREATE EXTERNAL SCHEMA nor the materialized view of a stream may stand in a transaction, so none of this
--      can be a migration.
--   4. Look at it: SELECT * FROM sys_stream_scan_states; SELECT * FROM sys_stream_scan_errors;
--   Away with it: DROP VIEW live_lines; DROP MATERIALIZED VIEW live_messages; DROP SCHEMA msk;
--
-- What it costs: AUTO REFRESH keeps the workgroup awake as long as lines come, which is billed by the second.

CREATE EXTERNAL SCHEMA msk
FROM MSK
IAM_ROLE default
AUTHENTICATION iam
URI 'REPLACE_WITH_THE_BOOTSTRAP_SERVERS';

-- As little as can be in here: what fails in a row of a stream's view makes the row go. CAN_JSON_PARSE leaves out what is
-- no JSON. Partition and offset name the delivery; LineId, inside, names the line.
CREATE MATERIALIZED VIEW live_messages
SORTKEY (kafka_timestamp)
AUTO REFRESH YES
AS
SELECT
    kafka_partition,
    kafka_offset,
    kafka_timestamp,
    refresh_time,
    JSON_PARSE(kafka_value) AS line
FROM msk."order-lines"
WHERE CAN_JSON_PARSE(kafka_value);

-- The names of the record have capitals, and Redshift folds names inside a SUPER too unless it is told otherwise: who
-- reads this view says SET enable_case_sensitive_super_attribute TO true first, or every column is NULL.
CREATE VIEW live_lines AS
SELECT
    kafka_partition,
    kafka_offset,
    kafka_timestamp,
    CAST(line."InvoiceNo" AS VARCHAR(16)) AS invoiceno,
    CAST(line."StockCode" AS VARCHAR(80)) AS stockcode,
    CAST(line."Description" AS VARCHAR(800)) AS description,
    CAST(line."Quantity" AS INTEGER) AS quantity,
    CAST(CAST(line."InvoiceDate" AS VARCHAR(19)) AS TIMESTAMP) AS invoicedate,
    CAST(line."UnitPrice" AS DECIMAL(13,3)) AS unitprice,
    CAST(line."CustomerID" AS BIGINT) AS customerid,
    CAST(line."Country" AS VARCHAR(240)) AS country,
    CAST(line."Occurrence" AS INTEGER) AS occurrence,
    CAST(line."LineId" AS VARCHAR(32)) AS lineid
FROM live_messages;
