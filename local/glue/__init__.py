"""Glue on the laptop: the template's jobs on Spark, one at a time or as their workflow and its schedule say."""
