"""Glue on the laptop: the template's jobs on Spark, one at a time or by their workflow and its schedule."""
