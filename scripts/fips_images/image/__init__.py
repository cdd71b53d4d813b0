"""A read-only view of a built image, opened once: config, files, packages, ELF facts."""
