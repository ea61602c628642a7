"""The metrics that MSK publishes, here of the run's Kafka: each group's lag, and how full the disk is."""

from pathlib import Path
from threading import Event
from typing import Final

import psutil

from local.cloudwatch.record import LOG, publish
from local.config import RunConfig
from local.state import State
from stores.kafka.brokers import BrokersSilent
from stores.kafka.lag import lag

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
    used = psutil.disk_usage(str(config.state)).percent
    for alarm in config.platform.alarms:
        for watched in alarm.metrics:
            if watched.series.name == "KafkaDataLogsDiskUsed":
                publish(log, NAMESPACE, dict(watched.series.dimensions), {watched.series.name: used})
