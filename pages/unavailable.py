"""A chat that cannot be looked up because the database is unreachable: the main script draws the error."""

from lib.errors import DatabaseUnavailable

raise DatabaseUnavailable
