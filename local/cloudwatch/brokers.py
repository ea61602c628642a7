"""The metrics that MSK publishes, here of the run's Kafka: each group's lag, and how full the disk is."""

import shutil
from pathlib import Path
from threading import Event
from typing import Final

from local.cloudwatch.record import LOG, publish
from local.config import RunConfig
from local.state import State
from stores.lag import BrokersSilent, lag

NAMESPACE: Final = "AWS/Kafka"
SECONDS: Final = 10.0
"""Seconds between two measurements; MSK's own are a minute apart."""


def keep_publishing(config: RunConfig, stop: Event) -> None:
    """Publish them until `stop`. Nothing is published while the brokers are silent, as on AWS."""
    log = State(config.state).log(LOG)
    while not stop.is_set():
        publish_once(config, log)
        stop.wait(SECONDS)


def publish_once(config: RunConfig, log: Path) -> None:
    """Publish the metrics as they are now."""
    for mapping in config.platform.mappings:
        cluster = mapping.cluster_arn.split("/")[1]
        of_group = {"Cluster Name": cluster, "Consumer Group": mapping.group, "Topic": mapping.topic}
        try:
            behind = lag(config.bootstrap_servers, mapping.group, mapping.topic)
        except BrokersSilent:
            continue
        publish(log, NAMESPACE, of_group, {"SumOffsetLag": behind.messages})
    disk = shutil.disk_usage(config.state)
    for alarm in config.platform.alarms:
        for watched in alarm.metrics:
            if watched.series.name == "KafkaDataLogsDiskUsed":
                publish(log, NAMESPACE, dict(watched.series.dimensions), {watched.series.name: used_percent(disk)})


def used_percent(disk: "shutil._ntuple_diskusage") -> float:
    """The part of the disk that is not free for us, in percent."""
    return round(100 * (1 - disk.free / disk.total), 1)
