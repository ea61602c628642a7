"""CloudWatch on the laptop: metrics out of the records in the logs, and the state of the templates' alarms."""
