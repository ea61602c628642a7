"""The event source: feeds functions from Kafka topics as AWS Lambda does in on-demand mode.

For each `AWS::Lambda::EventSourceMapping` of the templates it polls the topic in the mapping's consumer group, gathers
batches, invokes the function, and commits the offsets of batches that the function accepted. A failed batch is
delivered again, whole, until it is accepted: the event source stalls, it never skips.

Where it differs from AWS, by intention: a mapping has two pollers, where AWS scales from few to one a partition; and a
single record that is larger than an invocation's payload stalls its poller, where AWS may drop it
(`MaximumPayloadSizeExceeded`). librdkafka's producers refuse what would become such a record: over 1,000,000 bytes
before compression, by `message.max.bytes`. The broker's limit does not guard this, as it counts compressed bytes.
"""
