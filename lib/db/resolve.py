"""Resolve the database's host within a time limit. libpq asks the system's resolver, which has none."""

import socket
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Thread
from typing import Any

import psycopg2

from lib.db.deadline import CONNECT_SECONDS, seconds_left


def resolve_host(parameters: Mapping[str, Any]) -> dict[str, str]:
    """All addresses of the host as `hostaddr`, with its name for TLS to verify. Raises psycopg2.OperationalError.

    Empty for a socket path, a list of hosts, or a `hostaddr` that is already set.
    """
    host = parameters.get("host")
    if not host or host.startswith("/") or "," in host or "hostaddr" in parameters:
        return {}
    found: Future[list[str]] = Future()
    # In a thread of its own, which is left behind if it hangs: the system's resolver cannot be cancelled.
    Thread(target=_resolve, args=(host, found), name="resolver", daemon=True).start()
    try:
        addresses = found.result(seconds_left(CONNECT_SECONDS))
    except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
        raise psycopg2.OperationalError("could not translate host name to address") from error
    return {"host": ",".join([host] * len(addresses)), "hostaddr": ",".join(addresses)}


def _resolve(host: str, found: "Future[list[str]]") -> None:
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        found.set_result(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
    except Exception as error:
        found.set_exception(error)
