"""The event source: feeds functions from Kafka topics as AWS Lambda's event source mappings for Amazon MSK do.

For each `AWS::Lambda::EventSourceMapping` of the templates it polls the topic in the mapping's consumer group, gathers
batches, invokes the function, and commits the offsets of what the function took. On demand a failed batch is delivered
again, whole, until it is accepted: the event source stalls, it never skips. In provisioned mode a mapping may ask it to
halve a batch, limit retries and age, read partial answers, and give up to an on-failure destination (`delivery`).

docs/event-source.md has AWS's page for each rule, and what is not emulated.
"""
