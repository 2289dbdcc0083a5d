"""Where the database's host is, found out within a time limit: libpq asks the system's resolver without one."""

import socket
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Thread
from typing import Any

import psycopg2

from lib.db.deadline import CONNECT_SECONDS, seconds_left


def resolve_host(parameters: Mapping[str, Any]) -> dict[str, str]:
    """All addresses of the host, beside its name, which TLS checks. Raises psycopg2.OperationalError.

    Nothing for a socket's path, a list of hosts, or addresses that were given.
    """
    host = parameters.get("host")
    if not host or host.startswith("/") or "," in host or "hostaddr" in parameters:
        return {}
    found: Future[list[str]] = Future()
    # A thread of its own, left behind if it hangs: the system's resolver cannot be stopped.
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
