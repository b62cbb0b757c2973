"""The cookies of one session: kept by name, sent back on every request to the same host and path, gone at its end.

Small on purpose (RFC 6265 without dates): an ACS sets a session cookie, and a phone returns it.
"""

from typing import Final, Literal

MOST: Final = 16
LONGEST: Final = 4096


Manner = Literal["all", "none", "once", "first", "rfc2109", "whole"]
"""How a phone returns cookies: as ``behaviours.Traits.cookies`` has it."""


class CookieJar:
    """Cookies of one session with one ACS."""

    __slots__ = ("_cookies", "_manner", "_whole")

    def __init__(self, manner: Manner = "all") -> None:
        self._cookies: dict[tuple[str, str, str], str] = {}
        self._whole: dict[str, str] = {}
        self._manner = manner

    def take(self, host: str, target: str, set_cookie: str) -> None:
        """Read one ``Set-Cookie`` value that ``host`` sent for ``target``. ``Max-Age=0`` deletes."""
        first, *attributes = (part.strip() for part in set_cookie.split(";"))
        name, equals, value = first.partition("=")
        if not equals or not name.strip() or len(first) > LONGEST:
            return
        facts = {key.strip().lower(): text.strip() for key, _, text in (each.partition("=") for each in attributes)}
        path = facts.get("path", "")
        if not path.startswith("/"):
            path = _directory(target)
        key = host, path, name.strip()
        if self._manner == "first" and self._cookies:
            return
        self._whole[name.strip()] = set_cookie.strip()
        if facts.get("max-age", "").lstrip("-").isdecimal() and int(facts["max-age"]) <= 0:
            self._cookies.pop(key, None)
        elif key in self._cookies or len(self._cookies) < MOST:
            self._cookies[key] = value.strip().strip('"')

    def header(self, host: str, target: str) -> str:
        """The ``Cookie`` value for a request, empty where there is nothing to send."""
        path = target.partition("?")[0]
        found = [
            (name, value, prefix)
            for (of, prefix, name), value in self._cookies.items()
            if of == host and (path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/"))
        ]
        match self._manner:
            case "none":
                return ""
            case "whole":
                return "; ".join(self._whole[name] for name, _, _ in found)
            case "rfc2109" if found:
                return "; ".join(['$Version="1"', *(f'{name}="{value}"; $Path="{at}"' for name, value, at in found)])
            case "once":
                self._cookies.clear()
        return "; ".join(f"{name}={value}" for name, value, _ in found)


def _directory(target: str) -> str:
    """RFC 6265 5.1.4: the default path."""
    path = target.partition("?")[0]
    return path[: path.rfind("/")] or "/"
