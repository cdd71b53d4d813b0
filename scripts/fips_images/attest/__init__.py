"""Statements about an image digest: made, signed, wrapped in Sigstore bundles, and judged.

Nothing here talks to a registry; that is the room `publish`.
"""
