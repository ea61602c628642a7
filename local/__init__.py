"""The laptop runtime: the platform's CloudFormation templates on real servers of this machine."""
