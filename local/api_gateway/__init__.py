"""Amazon API Gateway on the laptop: an HTTP server with routes, signatures, throttling and proxy integrations."""
