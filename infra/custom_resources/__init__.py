"""CloudFormation custom resources: each one's construct beside the function that answers for it."""
