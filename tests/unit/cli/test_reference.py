"""The written page is the one that the commands give."""

from pathlib import Path

from acs import docs
from acs.cli.reference import reference


def test_the_page_is_current() -> None:
    page = Path(docs.__file__).parent / "reference" / "cli.md"
    assert page.read_text(encoding="utf-8") == reference(), 'run "./run docs"'


def test_every_command_of_the_contract_is_there() -> None:
    text = reference()
    for command in (
        *("serve", "demo", "simulate", "migrate", "doctor", "render [DEVICE]", "decode FILE", "token create NAME"),
        *("token list", "token revoke TOKEN", "device list [Q]", "device show DEVICE", "device set DEVICE"),
        *("device parameters DEVICE [PATH]", "task list", "task show TASK", "task cancel TASK", "task retry TASK"),
        *("task wait TASK", "file upload PATH", "file list", "file delete FILE", "settings get SCOPE"),
        *("settings put SCOPE DOCUMENT", "settings patch SCOPE DOCUMENT", "settings delete SCOPE", "schema [OUT]"),
    ):
        assert f"# `acs {command}`" in text, command
