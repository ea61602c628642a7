"""S3Proxy over a folder of this machine, on 127.0.0.1, which checks signatures as S3 does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.parts.jars import library, source
from local.parts.java import heap, java
from local.parts.ports import LOOPBACK, answers
from local.processes import Program

SETTINGS: Final = {
    "s3proxy.authorization": "aws-v2-or-v4",
    "jclouds.provider": "filesystem-nio2",
    "jclouds.identity": "unused",
    "jclouds.credential": "unused",
}
"""Settings shared by the native server and docker-compose.kafka.yml: all but addresses, folders and keys."""


def program(
    port: int, data: Path, configuration: Path, log: Path, *, access_key_id: str, secret_access_key: str
) -> Program:
    """The server over the buckets in `data`, for these keys alone; `configuration` is a writable folder."""
    return program_for(port, data, configuration, log, {access_key_id: secret_access_key})


def program_for(port: int, data: Path, configuration: Path, log: Path, keys: Mapping[str, str]) -> Program:
    """The server for several keys, secrets by ids: S3Proxy wants a file of settings for each."""
    configuration.mkdir(parents=True, exist_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    shared = {
        **SETTINGS,
        "s3proxy.endpoint": f"http://{LOOPBACK}:{port}",
        "jclouds.filesystem.basedir": str(data),
    }
    files = []
    for number, (key, secret) in enumerate(keys.items()):
        file = configuration / (f"s3proxy-{number}.properties" if number else "s3proxy.properties")
        values = {**shared, "s3proxy.identity": key, "s3proxy.credential": secret}
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), "utf-8")
        files += ["--properties", str(file)]
    options = (f"-Dlogback.configurationFile={source('s3', 'logback.xml')}",)
    command = java(library("s3"), "org.gaul.s3proxy.Main", *files, heap=heap(32, 512, 2_048), options=options)
    return Program("s3", command, log, lambda: answers(port), port)
