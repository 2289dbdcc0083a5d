"""How many files and connections this process may have open."""

import logging
import sys

log = logging.getLogger("lakechat")

MOST = 1_048_576
"""Where the system sets no limit of its own."""
MOST_ON_MACOS = 10_240
"""It says that it has none, and refuses more."""


def allow_all_open_files() -> None:
    """As many as the system lets this process have: each tab, reader and agent is a connection.

    Many systems begin with 256 or 1,024, for the sake of programs that count in an old way.
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
