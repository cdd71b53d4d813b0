"""Registries, and publishing to them: an OCI layout on disk or the OCI distribution API."""
