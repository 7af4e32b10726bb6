"""Runs that go on where one has stopped: what their state and their log keep, and which state is refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from harness.errors import InputError
from harness.procedures.conduct import Request, plan
from harness.procedures.events import Ended
from harness.procedures.state import read_state
from tests.procedures.logs import read_log
from tests.procedures.toy import SITE, TOY
from tests.procedures.toy_runs import LOG, STATE, kinds, made, run, stopped


def test_a_resumed_run_goes_on_where_it_stopped_and_does_not_look_back(place):
    (place / "supply").unlink()
    run(place)
    (place / "out").rmdir()  # a later step may undo an earlier one: what is recorded is done
    (place / "supply").touch()
    (place / "out").mkdir()
    ended, said = run(place, resume=True)
    assert ended.ending == "finished"
    assert "Resumed: 1 done before, 5 to do." in said
    assert [event["step"] for event in kinds(place, "step")].count("open") == 1
    assert [event["resumed"] for event in kinds(place, "begin")] == [False, True]
    assert len({event["run"] for event in kinds(place, "begin")}) == 1


def test_a_finished_run_resumes_to_nothing_and_a_new_one_begins_anew(place):
    first, _ = run(place)
    began = read_state(place / STATE).run
    again, said = run(place, resume=True)
    assert (first, again) == (Ended("finished"), Ended("finished"))
    assert "6 done before, 0 to do" in said
    assert read_state(place / STATE).run == began
    ended, _ = run(place)
    assert read_state(place / STATE).run != began
    assert ended.failed == "the act"  # there is no ledger to measure any more
    assert ended.step == "seal"


def test_a_resumed_run_keeps_the_branch_that_it_began_with(place):
    (place / "supply").unlink()
    run(place, given={"ending": "loudly"})
    (place / "supply").touch()
    with pytest.raises(InputError, match="its run chose ending=loudly, not ending=quietly"):
        run(place, resume=True, given={"ending": "quietly"})
    run(place, resume=True)
    assert "ended-loudly" in made(place)


def test_a_run_that_has_not_finished_is_not_begun_anew(place):
    (place / "supply").unlink()
    run(place)
    with pytest.raises(InputError, match=r"a run has begun and not finished\n  Go on with it: --resume\. To begin anew, remove "):
        run(place)


def test_without_a_state_there_is_nothing_to_resume(place):
    with pytest.raises(InputError, match="there is no run to resume"):
        run(place, resume=True)
    assert {file.name for file in place.iterdir()} == {"toy.toml", "supply"}


@pytest.mark.parametrize("name", [b"caf\xc3\xa9", b"caf\xe9"], ids=["UTF-8", "not UTF-8"])
def test_a_state_is_the_same_text_wherever_it_is(place, name):
    there = place / os.fsdecode(name)
    there.mkdir()
    (there / "toy.toml").write_text(SITE)
    run(there)
    written = (there / STATE).read_text()
    plain = json.loads(written)
    assert plain["site"] == str(there / "toy.toml")
    assert written == json.dumps(plain, indent=1) + "\n"


def test_a_state_of_another_site_file_is_refused(place):
    stopped(place)
    (place / "toy.toml").write_text(SITE + "# moved\n")
    with pytest.raises(
        InputError, match=r"cannot go on: it is of another site file: .*toy\.toml as it was then \(SHA-256 [0-9a-f]{12}"
    ):
        run(place, resume=True)


def test_a_state_of_another_procedure_or_version_is_refused(place):
    stopped(place)
    with pytest.raises(InputError, match="it is of the procedure toy, not of other"):
        run(place, replace(TOY, name="other"), resume=True, state=place / STATE)
    with pytest.raises(InputError, match="the procedure has other steps in this version of Blackstart"):
        run(place, replace(TOY, steps=TOY.steps[:-3]), resume=True)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 2}'])
def test_a_file_that_is_no_state_is_refused(place, content):
    (place / STATE).write_text(content)
    for resume in (True, False):
        with pytest.raises(InputError, match=r"toy\.toy\.state\.json: state: (cannot be read|not a state of this version)"):
            run(place, resume=resume)


def test_a_state_and_a_log_that_cannot_be_written_are_named(place):
    with pytest.raises(
        InputError, match=r"none/state\.lock: state: cannot be kept here: .*\n  Give another place with --state FILE\."
    ):
        run(place, state=place / "none" / "state")
    with pytest.raises(InputError, match=r"none/log: log: cannot be written: .*\n  Give another place with --log FILE\."):
        run(place, log=place / "none" / "log")
    assert not made(place)


def test_a_plan_of_a_run_to_resume_shows_what_is_done(place):
    stopped(place)
    lines = plan(Request(TOY, place / "toy.toml", resume=True))
    assert [line for line in lines if line.endswith("(done)")] == ["[1/6] open: Make the folder.  (done)"]


def test_a_log_is_added_to_and_what_was_half_written_goes(place):
    stopped(place)
    lines = len(read_log(place / LOG))
    with (place / LOG).open("a") as file:
        file.write('{"version": 1, "kind": "che')
    (place / "supply").touch()
    run(place, resume=True)
    assert [event["kind"] for event in read_log(place / LOG)][lines - 1 : lines + 1] == ["end", "begin"]
