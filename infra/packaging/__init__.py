"""The packages of functions and jobs: the files of the checkout and the pinned libraries that they import."""
