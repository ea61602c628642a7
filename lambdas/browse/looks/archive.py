"""Asks for objects of the raw archive and for their messages."""

from itertools import islice

from commerce.paths import RawKey, parse_raw_key
from commerce.raw import FIRST_EPOCH, lines
from lambdas.browse.messages import message
from lambdas.browse.platform import Platform
from lambdas.browse.raw_objects import AskedContent, AskedObjects, RawContent, RawObjectInfo, RawObjects
from lambdas.http import NotFound
from lambdas.query.paging import fitting


def raw_objects(platform: Platform, asked: AskedObjects) -> RawObjects:
    """The requested objects of the raw archive."""
    topic = platform.census.topic
    position = platform.ledger.read(topic, asked.partition).position
    if position is None and asked.partition not in platform.census.partitions:
        raise NotFound(f"{topic} has no partition {asked.partition}")
    epoch = position.epoch if position else FIRST_EPOCH
    days = platform.lake.raw_days(topic, epoch)
    newest = position and platform.lake.newest_raw(topic, asked.partition, position)
    key = parse_raw_key(newest["Key"]) if newest else None
    day = asked.day or (key.day if key else days[-1] if days else None)
    if day is None:
        return RawObjects(topic, asked.partition, epoch, None, [], [], None)
    begin = RawKey(topic, asked.partition, epoch, 0 if asked.after is None else asked.after + 1, day)
    found, more = platform.lake.raw_page(begin, asked.limit)
    keys = [(parse_raw_key(it["Key"]), it) for it in found]
    objects = [RawObjectInfo(str(key), key.first_offset, it["Size"], it["LastModified"]) for key, it in keys if key]
    following = str(objects[-1].first_offset) if more and objects else None
    return RawObjects(topic, asked.partition, epoch, day, days, objects, following)


def raw_content(platform: Platform, asked: AskedContent) -> RawContent:
    """The requested messages of an object of the raw archive."""
    found = platform.lake.raw_object(asked.key)
    if found is None:
        raise NotFound("there is no raw object with this key")
    extent, body = found
    some = list(islice((line for line in lines(body) if line.offset >= asked.offset), asked.limit + 1))
    shown = [message(line) for line in some[: asked.limit]]
    count = fitting(shown)
    following = str(some[count].offset) if count < len(some) else None
    return RawContent(
        str(asked.key),
        asked.key.first_offset,
        extent.next_offset,
        extent.count,
        len(body),
        extent.sha256,
        shown[:count],
        following,
    )
