"""The function behind the custom resource that limits a warehouse's use and tells where its secret is."""
