"""The CDK app: what the platform is made of on AWS, and the very templates that the laptop runs."""
