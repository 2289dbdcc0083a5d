"""A database's URL as SQLAlchemy and libpq take it."""

from sqlalchemy.engine import URL, make_url


def psycopg2_url(url: str) -> URL:
    """SQLAlchemy knows no `postgres://`, and takes `postgresql://` for psycopg 3."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg2")


def tls(url: URL, sslmode: str | None) -> dict[str, str]:
    """What the URL says stands; a password never leaves this machine in the open unless somebody asked for that."""
    if "sslmode" in url.query:
        return {}
    is_here = url.host in (None, "", "localhost", "127.0.0.1", "::1")
    wanted = sslmode or (None if is_here else "require")
    return {"sslmode": wanted} if wanted else {}
