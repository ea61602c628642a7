"""Kafka → S3 by Spark's Structured Streaming into its file sink: exactly once for readers of the sink's own log.

Started again, it goes on from the checkpoint in STATE.
"""

import os

from pyspark.sql import SparkSession

settings = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.jars": os.environ["JARS"],
    "spark.hadoop.fs.s3a.endpoint": os.environ["AWS_ENDPOINT_URL_S3"],
    "spark.hadoop.fs.s3a.access.key": os.environ["AWS_ACCESS_KEY_ID"],
    "spark.hadoop.fs.s3a.secret.key": os.environ["AWS_SECRET_ACCESS_KEY"],
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
}
builder = SparkSession.builder
for name, value in settings.items():
    builder = builder.config(name, value)
messages = (
    builder.getOrCreate()
    .readStream.format("kafka")
    .option("kafka.bootstrap.servers", os.environ["BOOTSTRAP_SERVERS"])
    .option("subscribe", os.environ["TOPIC"])
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", "100000")
    .load()
)
(
    messages.selectExpr("CAST(value AS STRING) AS value")
    .writeStream.format("text")
    .option("path", f"s3a://{os.environ['BUCKET']}/{os.environ['PREFIX']}")
    .option("checkpointLocation", os.environ["STATE"])
    .option("compression", "gzip")
    .start()
    .awaitTermination()
)
