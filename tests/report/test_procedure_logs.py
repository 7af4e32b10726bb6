"""What a procedure's log becomes in the record: its lines in the place's time, in a scenario's steps or on their own."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest

from harness.errors import InputError
from harness.patience import STUCK
from harness.procedures.events import Acting, Begun, Checked, Ended, Noted, StepBegun, StepDone, Waiting, Wire
from harness.procedures.log import Log
from harness.report.archive import read_record, schema, to_json
from harness.report.procedure_log import LogFolder, read_log
from harness.units import EPOCH
from tests.report.sample_record import sample

COMMAND = {"host": "esx01", "line": "services.sh restart", "output": "", "errors": "", "status": 0}
MOMENT = "2012-02-09T09:00:00.000Z"
RUN = (
    Begun("agents-restart", "ab12", "lab", "a" * 64, {"power-on": "ha"}, False, ("restart esx01",), ()),
    StepBegun("restart esx01", "Restart the agents of esx01."),
    Checked("restart esx01", "already", "the agents run", False, "the agents of esx01 do not run"),
    Noted("restart esx01", {"ran": ["web01"]}),
    Acting("restart esx01"),
    Wire("restart esx01", "command", MOMENT, MOMENT, COMMAND),
    Waiting("restart esx01", "the agents run", 90.0, ""),
    StepDone("restart esx01", "acted"),
    Ended("stopped", "restart esx01", "after it: the agents run", "they do not", "Look at hostd.log."),
)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "lab.agents-restart.log.jsonl"
    write(path, *RUN)
    return path


def write(path, *events):
    minutes = iter(range(100))
    log = Log(path, lambda: EPOCH + timedelta(minutes=next(minutes)), lambda text: text)
    for event in events:
        log.tell(event)
    log.close()


def test_a_log_becomes_entries_in_the_time_of_its_place(log):
    found = read_log(log)
    assert (found.file, found.digest) == (log.name, hashlib.sha256(log.read_bytes()).hexdigest())
    said = [(each.data["what"], each.data["state"], each.data["text"]) for each in found.entries if each.kind == "procedure"]
    assert said == [
        ("begin", "begun", "run ab12 at lab; power-on=ha; 0 of 1 step done before"),
        ("step", "", "Restart the agents of esx01."),
        ("check", "does not hold", "already: the agents run: the agents of esx01 do not run"),
        ("note", "", 'ran: ["web01"]'),
        ("act", "", ""),
        ("wait", "", "the agents run: may take 90 s"),
        ("done", "acted", ""),
        ("end", "stopped", "after it: the agents run. they do not. Look at hostd.log."),
    ]
    [wire] = [each for each in found.entries if each.kind != "procedure"]
    assert (wire.kind, wire.data) == ("command", COMMAND)
    assert [each.began for each in found.entries[:2]] == [MOMENT, "2012-02-09T09:01:00.000Z"]
    assert {each.data["procedure"] for each in found.entries if each.kind == "procedure"} == {"agents-restart"}


def test_what_a_killed_run_left_half_written_is_no_line(log):
    log.write_bytes(log.read_bytes() + b'{"version": 1, "ki')
    assert len(read_log(log).entries) == len(RUN)


def test_kinds_of_lines_that_nobody_here_knows_are_passed_over(log):
    line = {"version": 1, "kind": "weather", "at": MOMENT, "wall": 0.0}
    log.write_text(log.read_text() + json.dumps(line) + "\n")
    assert len(read_log(log).entries) == len(RUN)


WIRE = json.dumps({"version": 1, "kind": "wire", "form": "FORM", "began": MOMENT, "ended": MOMENT, "wall": 0, "data": {}})


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is no line of one"),
        ("[]", "is no line of one"),
        ("[" * 200_000, "is no line of one: maximum recursion depth"),
        ('{"version": 1, "kind": "begin", "at": "", "wall": 0}', "lacks 'procedure'"),
        ('{"version": 1, "kind": "act", "at": "yesterday", "wall": 0}', r"at \$\.began: \"yesterday\" does not match"),
        ('{"version": 1, "kind": "act", "at": "2012-02-31T09:00:00Z", "wall": 0}', "is no line of one: day is out of range"),
        (WIRE.replace("FORM", "command"), r"at \$\.data: \"host\" is a required property"),
        (WIRE.replace("FORM", "weather"), r"at \$\.kind: \"weather\" is not one of"),
        ('{"version": 2, "kind": "begin"}', "version 2; this program reads version 1"),
    ],
)
def test_a_line_that_is_none_is_named(log, line, problem):
    log.write_text(log.read_text() + line + "\n")
    with pytest.raises(InputError, match=problem) as raised:
        read_log(log)
    assert f"{log}:{len(RUN) + 1}" in str(raised.value)


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_log_that_is_missing_or_empty_is_refused(tmp_path, content):
    path = tmp_path / "x.log.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=str(path)):
        read_log(path)


def test_a_folder_of_logs_gives_each_line_once_and_leaves_wires_to_the_journal(tmp_path, log):
    folder = LogFolder()
    taken = folder.take(tmp_path)
    assert [each["data"]["what"] for each in taken] == ["begin", "step", "check", "note", "act", "wait", "done", "end"]
    assert folder.take(tmp_path) == []
    write(log, Ended("finished"))
    [more] = folder.take(tmp_path)
    assert (more["data"]["procedure"], more["data"]["state"]) == ("agents-restart", "finished")
    assert LogFolder().take(None) == []


FEATURE = """
    Feature: A procedure runs
      Scenario: It is carried out in two steps of the scenario
        Given a lab
        When the procedure tells something
        And the procedure tells something
    """


TELLS = """
    from harness.procedures.events import StepBegun
    from harness.procedures.log import Log
    from harness.report.seams import PROCEDURE_LOGS

    @pytest.fixture
    def told(request, lab, tmp_path):
        request.node.stash[PROCEDURE_LOGS] = tmp_path
        return []

    @when("the procedure tells something")
    def _(lab, told, tmp_path):
        told.append(f"line {len(told) + 1}")
        log = Log(tmp_path / "p.log.jsonl", lambda: lab.now[0], lab.masked)
        log.tell(StepBegun("only", told[-1]))
        log.close()
    """


def test_the_lines_stand_in_the_step_that_they_were_written_in(bench, add_steps, tmp_path):
    add_steps(TELLS)
    bench.feature("a.feature", FEATURE)
    record = bench.run()
    assert record.verdict.exit_status == 0, record.verdict
    told = [[each.data["text"] for each in step.entries if each.kind == "procedure"] for step in record.scenarios[0].steps]
    assert told == [[], ["line 1"], ["line 2"]]
    path = tmp_path / "report.json"
    path.write_text(to_json(record), encoding="utf-8")
    assert read_record(path) == record


def test_a_record_holds_the_logs_that_a_run_was_given(bench, log):
    bench.scenario("Given a lab")
    record = bench.run(procedure_logs=(read_log(log),))
    assert record.procedures == (read_log(log),)
    assert record.verdict.exit_status == 0


def test_validate_refuses_a_log_that_is_none_before_anything_runs(tmp_path):
    command = [sys.executable, "-m", "harness.cli", "validate", "--procedure-log", "none.jsonl", "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=STUCK, check=False)
    assert done.returncode == 2
    assert "none.jsonl: log of a procedure: No such file" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_schema_refuses_a_line_of_another_kind(log):
    plain = json.loads(to_json(replace(sample(), procedures=(read_log(log),))))
    jsonschema.validate(plain, schema())
    plain["procedures"][0]["entries"][0]["data"]["what"] = "guess"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, schema())
