"""The fuzzer itself: libFuzzer ends its process when it is done, so it has one of its own. Started by ``__main__``."""

import sys

import atheris

with atheris.instrument_imports(include=["cwmp_schemas", "acs.protocols", "acs.formats"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz the target that the first argument names; the others are libFuzzer's."""
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
