"""Discovery of Dockerfiles, their parsing, and what to build in which order."""
