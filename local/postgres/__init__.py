"""A real Postgres server as a child of this process: its programs, its data directory, its start and end."""

from local.postgres.binaries import PostgresError
from local.postgres.cluster import Cluster

__all__ = ["Cluster", "PostgresError"]
