"""Known departures of real phones by number, in a few words each; ``field_quirks.toml`` is the list."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def titles() -> dict[int, str]:
    """Give what a phone of each quirk does: ``{83: "reports a transfer under an unknown CommandKey"}``."""
    text = files(__package__).joinpath("field_quirks.toml").read_text(encoding="utf-8")
    return {int(number): title for number, title in tomllib.loads(text).items()}
