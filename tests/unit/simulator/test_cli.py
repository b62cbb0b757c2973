import json
from dataclasses import replace

import typer
from typer.testing import CliRunner

from acs.simulator.behaviours import BEHAVIOURS
from acs.simulator.cli import SHOWN, fleet_table, simulate_command
from acs.simulator.status import PhoneState, PhoneStatus

app = typer.Typer()
app.command()(simulate_command)
runner = CliRunner()


def test_behaviours_are_listed_for_people_and_machines() -> None:
    listed = runner.invoke(app, ["--list-behaviours", "--json"])
    rows = json.loads(listed.output)
    assert [each["name"] for each in rows if ":" not in each["name"]] == [each.name for each in BEHAVIOURS]
    assert "fault:RPC=CODE" in [each["name"] for each in rows]
    assert {"name": "gzip", "subject": "HTTP", "about": "compresses its envelopes with gzip"} in rows
    shown = runner.invoke(app, ["--list-behaviours"], env={"COLUMNS": "120"})
    assert "no-cookies" in shown.output
    assert "Conduct in a session" in shown.output


def test_a_behaviour_that_is_not_there_brings_a_suggestion() -> None:
    ran = runner.invoke(app, ["--behaviour", "no-cookie"], env={"COLUMNS": "200"})
    assert ran.exit_code == 2
    assert "did you mean no-cookies" in ran.output


def test_a_fleet_that_reaches_nobody_ends_with_1() -> None:
    ran = runner.invoke(app, ["--acs-url", "http://127.0.0.1:9/", "--count", "2", "--duration", "0.2", "--json"])
    assert ran.exit_code == 1
    summary = json.loads(ran.output)
    assert (summary["phones"], summary["reached"]) == (2, 0)


def test_bad_options_are_named() -> None:
    ran = runner.invoke(app, ["--acs-url", "nowhere"])
    assert ran.exit_code == 2
    assert "acs_url" in ran.output


def test_small_fleets_are_shown_one_by_one_and_large_ones_by_state() -> None:
    status = PhoneStatus("0c383e000001", "s", "X4", PhoneState.WAITING, 0.0, sessions=1)
    assert fleet_table({status.mac: status}, 1).row_count == 1
    enrolling = replace(status, enrolment="refused 3")
    assert "refused 3" in list(fleet_table({status.mac: enrolling}, 1).columns[4].cells)
    large = fleet_table({status.mac: status}, SHOWN + 1)
    assert large.row_count == len(PhoneState)
    assert next(iter(large.columns[1].cells)) == str(SHOWN)
