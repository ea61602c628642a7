"""The packages of functions and jobs: our files that they import, and the pinned packages that they need."""
