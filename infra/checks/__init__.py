"""Checks of the templates: cdk-nag's rules, what is acknowledged, and which differences a stage's option may make."""
