"""A chat that cannot be looked up while the database is away."""

from lib.errors import DatabaseUnavailable

raise DatabaseUnavailable
