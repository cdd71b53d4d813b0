"""Sources, bases and builds: everything between a plan and an OCI archive."""
