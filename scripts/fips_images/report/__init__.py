"""Renders evidence: terminal, JSON, HTML. Computes nothing."""
