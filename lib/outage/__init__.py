"""Works without the database: connection state, outbox, journal, cache, probe."""
