"""The domain without I/O: the order line, its identity, copies, names and JSON form.

Pure: standard library and msgspec only, no AWS, no Kafka. Every other room stands on this one.
"""
