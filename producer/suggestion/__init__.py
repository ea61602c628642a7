"""The column map that a file needs, suggested by its titles and by the shape of its values."""
