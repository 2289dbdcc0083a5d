"""The files that people attach to their questions."""
