"""Runs the platform's functions as Lambda does: by AWS's own runtime client, in processes that take one call at a time.

`service` takes invocations, `pool` holds one function's workers, `worker` is one process with the Runtime API it talks
to, `invoke_api` is AWS's Invoke API over HTTP.
"""
