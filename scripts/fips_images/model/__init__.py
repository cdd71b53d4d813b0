"""The values that travel between rooms: frozen dataclasses, no input or output."""
