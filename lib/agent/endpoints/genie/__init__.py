"""Genie spaces as agents."""
