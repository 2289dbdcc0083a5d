"""A database URL in the form that SQLAlchemy and libpq accept."""

from sqlalchemy.engine import URL, make_url


def psycopg2_url(url: str) -> URL:
    """SQLAlchemy does not know `postgres://`, and reads `postgresql://` as psycopg 3."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg2")


def tls(url: URL, sslmode: str | None) -> dict[str, str]:
    """The URL's own `sslmode` wins. Off this machine TLS is required unless somebody has asked for less."""
    if "sslmode" in url.query:
        return {}
    is_here = url.host in (None, "", "localhost", "127.0.0.1", "::1")
    wanted = sslmode or (None if is_here else "require")
    return {"sslmode": wanted} if wanted else {}
