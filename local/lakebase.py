"""Does to the local Postgres what binding a Lakebase database to an app does."""

import secrets
from contextlib import closing

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor

from local.postgres import Cluster


def bind(cluster: Cluster, *, role: str, database: str) -> None:
    """Create the database and a role that may connect and create schemas; repeating it changes nothing.

    The role has no password, so nobody can log in before a credential is minted.
    `role` is the app's client id.
    """
    with closing(psycopg2.connect(cluster.admin_dsn())) as connection:
        connection.autocommit = True
        with connection.cursor() as admin:
            if not _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            if not _exists(admin, "SELECT 1 FROM pg_database WHERE datname = %s", database):
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
            grant = sql.SQL("GRANT CONNECT, CREATE ON DATABASE {} TO {}")
            admin.execute(grant.format(sql.Identifier(database), sql.Identifier(role)))


def database_url(cluster: Cluster, *, role: str, database: str) -> str:
    """Bind, then set a new password: the URL for an app that mints no credentials here."""
    bind(cluster, role=role, database=database)
    password = secrets.token_urlsafe(24)
    with (
        closing(psycopg2.connect(cluster.admin_dsn())) as connection,
        connection,
        connection.cursor() as admin,
    ):
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD %s").format(sql.Identifier(role)), (password,))
    return cluster.dsn(role, password, database)


def _exists(admin: cursor, query: str, name: str) -> bool:
    admin.execute(query, (name,))
    return admin.fetchone() is not None
