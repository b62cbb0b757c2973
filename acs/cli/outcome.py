"""How commands end: exit codes that scripts can use, and failures that say what to do next."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    DENIED = 4
    UNREACHABLE = 5


MEANING = {
    Exit.OK: "done",
    Exit.FAILED: "failed: the server or a phone said no, or a check found something",
    Exit.USAGE: "the command line is off",
    Exit.NOT_FOUND: "no such device, task, file, scope or token",
    Exit.DENIED: "no valid token, or a permission is missing",
    Exit.UNREACHABLE: "the server cannot be reached",
}
"""What each exit code means."""


class CommandFailed(Exception):  # noqa: N818 - it is an outcome, not a fault of the program
    """A command ends with this message and exit code."""

    def __init__(self, message: str, code: Exit = Exit.FAILED, *, details: object = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = details
        """What ``--json`` shows of it, where the server told more."""
