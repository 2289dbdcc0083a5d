"""The request to an agent: its retries, its stream and its failures."""
