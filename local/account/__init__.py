"""The check of an AWS account before a stage is deployed to it: zones, quotas, services, bootstrap and leftovers."""
