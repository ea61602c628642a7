"""The laptop's page server: the built web pages, and the API for them, signed with the laptop's keys."""
