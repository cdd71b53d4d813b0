"""Describes an image: its SBOM, from a package list and from what only this toolkit knows.

Here live the inputs of a description, the rules of who owns a file, and the formats. Listing
packages is `tools`, signing the result is `attest`.
"""
