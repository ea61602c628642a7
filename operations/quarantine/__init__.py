"""`tillstream quarantine`: lists quarantined records, publishes mended ones anew, and records what is discarded.

`patches` edits a record of `commerce.quarantined`, and `plan` decides what it becomes.
`store` and `redriving` carry it out.

A record's own object is never changed or deleted. A redrive writes a decision, which holds the line, by a put that only
the first writer wins; then it publishes the line, and then it writes that the topic has acknowledged it. Stopped
anywhere and run again it goes on from there, with the line that was decided.
"""
