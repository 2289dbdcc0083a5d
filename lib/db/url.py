"""A database URL in the form that SQLAlchemy and libpq accept."""

from sqlalchemy.engine import URL, make_url


def psycopg2_url(url: str) -> URL:
    """Name the driver: SQLAlchemy does not know `postgres://`, and since 2.1 it reads `postgresql://` as psycopg 3."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg2")


def tls(url: URL, sslmode: str | None) -> dict[str, str]:
    """An `sslmode` in the URL wins, then the one passed. Otherwise TLS is required unless the host is this machine."""
    if "sslmode" in url.query:
        return {}
    is_local = url.host in (None, "", "localhost", "127.0.0.1", "::1")
    chosen = sslmode or (None if is_local else "require")
    return {"sslmode": chosen} if chosen else {}
