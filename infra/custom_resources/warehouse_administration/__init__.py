"""The custom resource that limits a warehouse's use in a month and gives the ARN of its secret."""
