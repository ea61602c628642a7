"""Checks of the templates: cdk-nag's rules, and what is acknowledged."""
