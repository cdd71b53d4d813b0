"""in-toto statements about image digests, signed into Sigstore bundles."""
