"""Bills of materials: what is in an image, from packages and from what only we know."""
