"""Stand-ins for the platform, for a laptop and for tests; never deployed."""
