"""Registries (OCI layout on disk, OCI distribution API) and the order of publishing."""
