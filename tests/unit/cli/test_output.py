"""What is printed: one line a value, and nothing that plays with a terminal."""

import pytest

from acs.cli.output import plain, show_fields, show_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        ({"a": 1, "b": [2, None]}, "a=1, b=2, "),
        ("a\x1b[31mb\nc", "a\ufffd[31mb\ufffdc"),
        ("[red]x[/red]", "[red]x[/red]"),
    ],
)
def test_plain(value: object, text: str) -> None:
    assert plain(value) == text


def test_markup_and_escapes_of_phones_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"a": {"b": "[bold]x[/bold]\x1b[2J"}, "at": "2026-01-02T03:04:05.678Z"}]
    show_table(rows, (("a.b", "B"), ("at", "At"), ("none.there", "None")))
    show_fields({"name": "[red]y", "empty": None, "list": [{"k": 1}]})
    shown = capsys.readouterr().out
    assert "[bold]x[/bold]\ufffd[2J" in shown
    assert "2026-01-02 03:04:05 " in shown
    assert "[red]y" in shown
    assert "empty" not in shown
    assert "\x1b[2J" not in shown
