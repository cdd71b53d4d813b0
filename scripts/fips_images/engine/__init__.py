"""Container engines: docker with BuildKit first, podman second, behind one small protocol."""
