"""Raises the limit of open files, which also counts connections."""

import logging
import sys

log = logging.getLogger("lakechat")

MAX_WITHOUT_HARD_LIMIT = 1_048_576
MAX_ON_MACOS = 10_240
"""macOS reports no hard limit but refuses more than this."""


def allow_all_open_files() -> None:
    """Raise the soft limit to the hard one: each tab, API client and agent needs a connection.

    Many systems set a soft limit of 256 or 1,024, for old programs that use select().
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = MAX_ON_MACOS if sys.platform == "darwin" else MAX_WITHOUT_HARD_LIMIT
    most = hard if hard != resource.RLIM_INFINITY else unlimited
    if soft == resource.RLIM_INFINITY or soft >= most:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError) as error:
        log.warning("No more than %d files and connections can be open: %s.", soft, error)
    else:
        log.info("Up to %d files and connections may be open; the limit was %d.", most, soft)
