"""Errors, in families that say who is to blame and what happens next.

The edges map families to statuses and fault codes in one table each; nothing below an edge knows HTTP.

    AcsError
      Remote          the other side (a phone, an API caller) sent something that cannot be taken
        BadRequest      the call's words are off; names the field
          BadSettings     a settings document is off; names the field
          BadFile         an uploaded or parsed file is off
        NotFound        no such thing
        Conflict        the thing is in a state that does not allow it
        Denied          authentication or permission is missing
      Retriable       try again after ``after`` seconds; nothing was lost
      NeedsOperator   someone must decide or mend; says what
"""

from typing import Any


class AcsError(Exception):
    """Root of every error this program raises on purpose."""

    def __init__(self, message: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        """Dotted path of the offending field, where there is one."""
        self.facts = facts
        """Further machine-readable facts for the answer's body."""


class Remote(AcsError):  # noqa: N818 - families are named by what they say of the other side
    """The other side sent something that cannot be taken."""


class BadRequest(Remote):
    """The call's words are off."""


class BadSettings(BadRequest):
    """A settings document holds something that cannot be rendered or is unknown."""


class BadFile(BadRequest):
    """A file is not what it claims to be."""


class NotFound(Remote):
    """No such thing, or none that the caller may see."""


class Conflict(Remote):
    """The thing exists, but its state does not allow what was asked."""


class Denied(Remote):
    """Authentication or permission is missing."""


class Retriable(AcsError):  # noqa: N818
    """Nothing was lost; the same may succeed after a while."""

    def __init__(self, message: str, *, after: float, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.after = after
        """Seconds to wait before the next try."""


class NeedsOperator(AcsError):  # noqa: N818
    """Someone must decide or mend something; the message says what."""
