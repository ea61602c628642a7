"""The CDK app: the platform's resources on AWS, in the same templates that the laptop runs."""
