"""Exports as phones write them, put together from key lists of real ones, by a writer of our own for the tests.

A listing has a module per ``<...>`` line, a marker per ``--...--`` line, and ``key=value`` lines; ``###key`` is masked.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
ENTRY_WIDTHS = {"SIP": 24, "P": 22}


def names() -> list[str]:
    """Names of the listings."""
    return sorted(path.stem for path in FOLDER.glob("*.list"))


def text(name: str) -> bytes:
    """A listing as the text file that the phone exports."""
    lines = (FOLDER / f"{name}.list").read_text(encoding="utf-8").splitlines()
    version, generation = lines[0].split()
    out = [f"<<VOIP CONFIG FILE>>Version:{version}".ljust(62), ""]
    for line in lines[1:]:
        if line.startswith("<"):
            out += [""] * (len(out) > 2) + [line]
        elif line.startswith("--") and "=" not in line:
            out.append((line[:19] if generation == "1" else line).ljust(19) + ":")
        else:
            key, _, value = line.partition("=")
            masked = key.startswith("###")
            out.append("###" * masked + column(key.removeprefix("###"), generation) + ":" + value)
    out += ["", "<<END OF FILE>>", ""]
    return "\r\n".join(out).encode()


def column(key: str, generation: str) -> str:
    """A key up to its colon: cut to 19 characters in generation 1, behind its entry's prefix in generation 2."""
    if generation == "1":
        return key[:19].ljust(19)
    prefix, _, rest = key.partition(" ")
    if rest and prefix.rstrip("0123456789") in (
        "SIP",
        "P",
        "HS",
        "Fkey",
        "Account",
        "XML-PBook",
        "LDAP",
        "MCAST",
        "Alert",
    ):
        return f"{prefix} {rest.ljust(19)}" if prefix[-1].isdigit() else key.ljust(19)
    return key.ljust(19)
