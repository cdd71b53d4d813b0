"""Renders the evidence about an image: for a terminal, as JSON, as a page, as a step summary.

`evidence` reads the folder, `view` decides what to say, and the renderers only lay it out.
"""
