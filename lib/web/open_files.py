"""Raises the limit of open files, which also counts connections."""

import logging
import sys

log = logging.getLogger("lakechat")

MOST = 1_048_576
"""If the system has no hard limit."""
MOST_ON_MACOS = 10_240
"""macOS reports no hard limit but refuses more than this."""


def allow_all_open_files() -> None:
    """Raise the soft limit to what the system allows: each tab, reader and agent is a connection.

    Many systems start with 256 or 1,024, for the sake of old programs that use select().
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = hard if hard != resource.RLIM_INFINITY else MOST_ON_MACOS if sys.platform == "darwin" else MOST
    if soft == resource.RLIM_INFINITY or soft >= most:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError) as error:
        log.warning("No more than %d files and connections can be open: %s.", soft, error)
    else:
        log.info("Up to %d files and connections may be open, %d before.", most, soft)
