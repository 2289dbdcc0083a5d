"""Draws one answer of an agent: its parts, while they are written and afterwards."""
