"""A local service in AWS's JSON protocol: who may ask, requests checked by AWS's own model, answers and errors."""
