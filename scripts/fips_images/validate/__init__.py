"""Probes collect facts from an image; checks judge them."""
