"""The catalogue of modules, bases and runtimes, and the rendering of the tree from it."""
