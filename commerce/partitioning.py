"""The partition of a message by its key, as Kafka's Java clients and this project's producer choose it."""


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of the messages with this key, in a topic of so many partitions.

    >>> partition_of(b"536365", 6)
    0
    """
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """The hash of Kafka's Java clients (org.apache.kafka.common.utils.Utils.murmur2), unsigned."""
    length, mask, m = len(data), 0xFFFFFFFF, 0x5BD1E995
    h = 0x9747B28C ^ length
    for at in range(0, length - length % 4, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    tail = data[length - length % 4 :]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)
