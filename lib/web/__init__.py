"""The start and end of the process, and response headers."""
