"""Thin wrappers of external programs."""
