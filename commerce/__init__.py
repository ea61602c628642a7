"""The vocabulary: what an order line is, how it is told apart, counted, named and put on the wire.

Pure: standard library and msgspec only, no AWS, no Kafka. Every other room stands on this one.
"""
