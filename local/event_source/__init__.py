"""The event source: what AWS Lambda does for a function that is fed by a Kafka topic, in on-demand mode.

For each `AWS::Lambda::EventSourceMapping` of the templates it polls the topic in the mapping's consumer group, gathers
batches, invokes the function, and commits the offsets of what the function took. What the function refused is delivered
again, whole, until it is taken: the event source stalls, it never skips.

Where it differs from AWS, by intention: a mapping has two pollers, where AWS scales from few to one a partition; and a
single record that is larger than an invocation's payload stalls its poller, where AWS may drop it
(`MaximumPayloadSizeExceeded`). librdkafka's producers refuse what would become such a record: over 1,000,000 bytes
before compression, by `message.max.bytes`. The broker's limit is no guard, as it counts compressed bytes.
"""
