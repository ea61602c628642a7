"""Kafka → S3 by Flink's FileSink, exactly once: files become visible with a checkpoint, every three seconds.

Started again, it goes on from the last checkpoint in STATE.
"""

import os
from pathlib import Path

from pyflink.common import Configuration
from pyflink.java_gateway import get_gateway
from pyflink.table import EnvironmentSettings, TableEnvironment

state = Path(os.environ["STATE"])
settings = {
    "pipeline.jars": os.environ["KAFKA_JAR"],
    "parallelism.default": "2",
    "execution.checkpointing.interval": "3s",
    "execution.checkpointing.dir": state.as_uri(),
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "s3.endpoint": os.environ["AWS_ENDPOINT_URL_S3"],
    "s3.access-key": os.environ["AWS_ACCESS_KEY_ID"],
    "s3.secret-key": os.environ["AWS_SECRET_ACCESS_KEY"],
    "s3.path.style.access": "true",
}
checkpoints = sorted(state.glob("*/chk-*/_metadata"), key=lambda path: path.stat().st_mtime)
if checkpoints:
    settings["execution.state-recovery.path"] = checkpoints[-1].parent.as_uri()
configuration = Configuration()
for name, value in settings.items():
    configuration.set_string(name, value)
# `flink run` does this; a script that Python starts has no file systems but the local one
core = get_gateway().jvm.org.apache.flink.core
given = configuration._j_configuration
core.fs.FileSystem.initialize(given, core.plugin.PluginUtils.createPluginManagerFromRootFolder(given))
tables = TableEnvironment.create(
    EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(configuration).build()
)
tables.execute_sql(
    f"""CREATE TABLE messages (line STRING) WITH (
        'connector' = 'kafka', 'format' = 'raw', 'topic' = '{os.environ["TOPIC"]}',
        'properties.bootstrap.servers' = '{os.environ["BOOTSTRAP_SERVERS"]}',
        'properties.group.id' = '{os.environ["GROUP"]}', 'scan.startup.mode' = 'earliest-offset')"""
)
tables.execute_sql(
    f"""CREATE TABLE files (line STRING) WITH (
        'connector' = 'filesystem', 'format' = 'raw', 'path' = 's3://{os.environ["BUCKET"]}/{os.environ["PREFIX"]}',
        'sink.rolling-policy.rollover-interval' = '3 s', 'sink.rolling-policy.check-interval' = '1 s')"""
)
tables.execute_sql("INSERT INTO files SELECT line FROM messages").wait()
