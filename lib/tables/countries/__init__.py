"""Outlines and names of countries, for maps."""
