"""The CDK app's CloudFormation templates, synthesized and read into the platform that the laptop runs."""
