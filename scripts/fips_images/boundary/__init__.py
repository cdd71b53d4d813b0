"""Every cryptographic implementation in an image, and whether the module governs it."""
