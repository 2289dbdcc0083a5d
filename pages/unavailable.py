"""Runs when a chat cannot be looked up because the database is down. The main script draws the error."""

from lib.errors import DatabaseUnavailable

raise DatabaseUnavailable
