"""Forks servers on order: imports everything once, so that a test can kill a server and start it again within a blink.

Run as a script: one JSON object with ``env`` and ``log`` a line on standard input, one process id a line on standard
output. Each server is a process of its own, so ``kill -9`` of it is the real thing.
"""

import ctypes
import json
import os
import signal
import sys

import uvloop

import acs.app
import acs.settings
from acs.telemetry import setup_logging

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def serve(order: dict[str, object]) -> None:
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    environment = order["env"]
    assert isinstance(environment, dict)
    for name in [name for name in os.environ if name.startswith("ACS_")]:
        del os.environ[name]
    os.environ.update(environment)
    setup_logging("info")
    uvloop.run(acs.app.serve(acs.settings.load()))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # killed servers leave no zombies
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                serve(json.loads(line))
                status = 0
            finally:
                os._exit(status)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
