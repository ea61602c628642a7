"""The questions of browse to the stores, one file for each kind of answer: edges beside the handler."""
