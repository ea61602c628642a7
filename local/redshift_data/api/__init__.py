"""The Data API's operations over HTTP: requests, answers and errors in AWS's shapes."""
