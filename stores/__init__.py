"""The platform's ways into its stores, each used by more than one deployable."""
