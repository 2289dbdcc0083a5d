"""Resolves the database's host within a time limit. libpq would call the system's resolver, which has no limit."""

import socket
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Thread
from typing import Any

import psycopg2

from lib.db.deadline import CONNECT_SECONDS, seconds_left


def resolve_host(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Connection parameters with all addresses of the host as `hostaddr`. Raises psycopg2.OperationalError.

    `host` repeats the name for each address, since TLS verifies the name. Empty for a socket path, a list of hosts, or
    if `hostaddr` is already set.
    """
    host = parameters.get("host")
    if not host or host.startswith("/") or "," in host or "hostaddr" in parameters:
        return {}
    resolving: Future[list[str]] = Future()
    # The system's resolver cannot be cancelled, so it runs in a thread that is abandoned if it hangs.
    Thread(target=_resolve, args=(host, resolving), name="resolver", daemon=True).start()
    try:
        addresses = resolving.result(seconds_left(CONNECT_SECONDS))
    except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
        raise psycopg2.OperationalError("could not translate host name to address") from error
    return {"host": ",".join([host] * len(addresses)), "hostaddr": ",".join(addresses)}


def _resolve(host: str, resolving: "Future[list[str]]") -> None:
    try:
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        resolving.set_result(list(dict.fromkeys(str(info[4][0]) for info in infos)))
    except Exception as error:
        resolving.set_exception(error)
