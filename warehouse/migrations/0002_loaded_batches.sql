-- The ledger: a batch is loaded exactly when its row stands here, since it is committed with the batch's lines.
--   lines_staged: rows that COPY read; lines: different LineIds among them
--   lines_added: those that were new when the batch was loaded; over all batches they account for every row of order_lines
--   manifest: key of the list of files that COPY was given; NULL where the batch had no line
--   loaded_at: UTC
--
-- DISTSTYLE ALL and no encoding: a row a batch, which every load looks up whole.
CREATE TABLE loaded_batches (
    batch VARCHAR(64) NOT NULL ENCODE RAW,
    lines_staged BIGINT NOT NULL ENCODE RAW,
    lines BIGINT NOT NULL ENCODE RAW,
    lines_added BIGINT ENCODE RAW,
    manifest VARCHAR(1024) ENCODE RAW,
    loaded_at TIMESTAMP NOT NULL ENCODE RAW
)
DISTSTYLE ALL;
