"""Files every message of the topic in S3, exactly once, in objects that close by time (design.md section 6).

`handler` walks the chain: ledger → drop what is filed → put unless the key is taken → on 412 adopt the winner's end →
compare-and-swap the ledger → again while anything is left. `chain` decides each step, `objects` says what is put.
"""
