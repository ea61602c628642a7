"""The event source: what AWS Lambda does for a function that is fed by a Kafka topic, in on-demand mode.

For each `AWS::Lambda::EventSourceMapping` of the templates it polls the topic in the mapping's consumer group, gathers
batches, invokes the function, and commits the offsets of what the function took. What the function refused is delivered
again, whole, until it is taken: the event source stalls, it never skips.
"""
