"""Run a program that ends when its parent process ends, also by `kill -9` (Linux only).

Run by path, `python -I -S local/parent_death.py PARENT SIGNAL UID GID PROGRAM…`, and not as `preexec_fn`:
Python code between fork and exec may deadlock in a process that has threads. A negative UID keeps
the user.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, death_signal, uid, gid = map(int, sys.argv[1:5])
    program = sys.argv[5:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After setuid: the kernel clears the death signal when the user changes; exec keeps it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # the parent died before prctl was called
    # Python ignores these two signals, and exec would pass that on.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
