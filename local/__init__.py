"""The laptop runtime: the platform's CloudFormation templates on real parts of this machine."""
