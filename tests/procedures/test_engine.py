"""The engine on a procedure that acts on real files: order, checks, stops, branches, and what it tells."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.errors import InputError, LabError
from harness.probes.failures import CommandFailed, HostUnreachable
from harness.procedures.conduct import Request, Surroundings, carry_out, plan
from harness.procedures.events import Ended
from harness.procedures.job import Job
from harness.procedures.model import Check, Procedure, Step
from harness.procedures.site import Site
from harness.procedures.state import read_state
from tests.procedures.logs import read_log
from tests.procedures.toy import SITE, TOY
from tests.procedures.toy_runs import LOG, STATE, kinds, made, run


def test_every_step_is_done_in_order_with_its_checks(place):
    ended, said = run(place)
    assert ended == Ended("finished")
    assert made(place) == {"sealed", "size", "ended-quietly"}
    events = [(event["kind"], event.get("step", ""), event.get("when", "")) for event in read_log(place / LOG)]
    assert events[:2] == [("begin", "", ""), ("step", "open", "")]
    of_first = [(kind, when) for kind, step, when in events if step == "add first"]
    assert of_first == [("step", ""), ("check", "already"), ("check", "before"), ("act", ""), ("check", "after"), ("done", "")]
    assert re.search(
        r"\[2/6\] add first: Add first to the ledger\.\n  before  ok  there is a supply for first: there\n  acting", said
    )
    assert said.endswith("\nFinished: every step is done.\n")


def test_a_step_that_is_so_already_is_not_acted_on(place):
    (place / "out").mkdir()
    (place / "out" / "ledger").write_text("second\n")
    run(place)
    assert (place / "out" / "sealed").read_text() == "second\nfirst\nthird\n"
    how = {event["step"]: event["how"] for event in kinds(place, "done")}
    assert (how["open"], how["add first"], how["add second"]) == ("already", "acted", "already")


def test_the_first_check_that_does_not_hold_stops_the_run_and_says_what_to_do(place):
    (place / "supply").unlink()
    ended, said = run(place)
    assert ended == Ended(
        "stopped",
        "add first",
        "before it: there is a supply for first",
        "supply: expected there, but stat shows none",
        "Bring the supply for first.",
    )
    assert made(place) == set()
    assert "Stopped at the step add first, before it: there is a supply" in said
    assert "  next:  Bring the supply for first.\n" in said
    assert kinds(place, "end")[-1]["otherwise"] == "Bring the supply for first."


@pytest.mark.parametrize("given", [{}, {"ending": "loudly"}])
def test_branches_are_chosen_by_the_command_line_the_site_file_and_custom_in_that_order(place, given):
    (place / "toy.toml").write_text(SITE + '[branches]\nending = "loudly"\n')
    run(place, given=given)
    assert "ended-loudly" in made(place)
    assert [event["branches"] for event in kinds(place, "begin")] == [{"ending": "loudly"}]


@pytest.mark.parametrize(
    ("given", "described", "said"),
    [
        ({"end": "x"}, "", r"^branch 'end': not one of toy\n  Known: ending=quietly\|loudly$"),
        ({"ending": "x"}, "", r"^branch ending: has no alternative 'x'\n  Known: "),
        ({}, '[branches]\nending = "x"\n', r"toy\.toml:4: branches\.ending: toy has no alternative 'x'\n  Known: "),
    ],
)
def test_a_branch_that_is_not_there_is_refused(place, given, described, said):
    (place / "toy.toml").write_text(SITE + described)
    with pytest.raises(InputError, match=said):
        run(place, given=given)
    assert not (place / STATE).exists()


def test_a_plan_touches_nothing(place):
    lines = plan(Request(TOY, place / "toy.toml", {"ending": "loudly"}))
    assert "[2/6] add first: Add first to the ledger." in lines
    assert "  before  there is a supply for second" in lines
    assert "          else: Bring the supply for second." in lines
    assert "[6/6] end-loudly: End loudly." in lines
    assert {file.name for file in place.iterdir()} == {"toy.toml", "supply"}


def test_a_wish_to_stop_is_heard_between_two_acts(place):
    wish = iter([False] * 12 + [True] * 100)
    ended, said = run(place, unwanted=lambda: next(wish))
    assert ended.ending == "interrupted"
    assert re.search(r"\nStopped at the step add \w+, between two acts, as you wished\.\n$", said)
    done = read_state(place / STATE).done
    assert 0 < len(done) < 6
    assert run(place, resume=True)[0] == Ended("finished")
    assert (place / "out" / "sealed").read_text() == "first\nsecond\nthird\n"


WAITS = SITE + "[waits]\nboot = 1.5\n"


def waiting(see: Callable[[Job], str]) -> Procedure:
    return Procedure("toy", "Wait.", (Step("wait", "Wait.", (Check("it is there", see, "Look.", within="boot"),)),), branches={})


def test_a_check_may_take_the_time_that_the_site_gives_it_and_each_change_is_told(place):
    (place / "toy.toml").write_text(
        SITE + "[waits]\nboot = 100\n[clock]\npace = 100\nlab = 2012-02-09T09:00:00Z\nwall = 2026-01-01T00:00:00Z\n"
    )
    looks = iter(["refused", "refused", "reset", "reset", "refused", ""])

    def see(_job: Job) -> str:
        if trouble := next(looks, ""):
            raise HostUnreachable("esx01", "logging in", trouble)
        return "it is"

    ended, said = run(place, waiting(see))
    assert ended.ending == "finished"
    told = said[said.index("  waiting") :].splitlines()
    assert told[:2] == ["  waiting, at most 0:01:40 (h:mm:ss): it is there", "          else: Look."]
    expected = [*(f"not yet  it is there: esx01 .*{why}.*" for why in ("refused", "reset", "refused")), "ok  it is there: it is"]
    assert [line for line, form in zip(told[2:], expected, strict=False) if not re.fullmatch(f"  after   {form}", line)] == []
    assert told[6] == "  seen"
    assert [(event["limit"], event["otherwise"]) for event in kinds(place, "wait")] == [(100, "Look.")]


def test_a_check_that_does_not_come_to_hold_stops_the_run(place):
    (place / "toy.toml").write_text(WAITS)

    def see(_job: Job) -> str:
        raise CommandFailed("esx01", "ls", 1, "no")

    ended, _ = run(place, waiting(see))
    assert (ended.ending, ended.found, ended.otherwise) == ("stopped", "esx01: 'ls' ended with 1: no", "Look.")


def test_a_wish_to_stop_is_heard_while_a_check_waits(place):
    looks = iter(range(1000))

    def see(_job: Job) -> str:
        next(looks)
        raise CommandFailed("esx01", "ls", 1, "no")

    ended, _ = run(place, waiting(see), unwanted=lambda: next(looks) > 5)
    assert ended.ending == "interrupted"


@pytest.mark.parametrize(
    "trouble",
    [
        InputError("host esx01", "nothing says which datastores it needs"),
        LabError("vcsim", "it died"),
        HostUnreachable("esx01", "logging in", "denied"),
        HostUnreachable("esx01", "logging in", "distrusted", "Host key is not trusted"),
    ],
)
def test_what_says_nothing_about_the_site_breaks_the_run_off(place, trouble):
    def see(_job: Job) -> str:
        raise trouble

    ended, said = run(place, waiting(see))
    assert ended.ending == "broken"
    assert str(trouble).splitlines()[0] in ended.found
    assert "Broken off at the step wait: " in said
    assert kinds(place, "end")[-1]["ending"] == "broken"


def test_an_act_that_fails_stops_the_run(place):
    def act(_job: Job) -> None:
        raise CommandFailed("esx01", "services.sh restart", 1, "no")

    step = replace(TOY.steps[0], act=act)
    ended, _ = run(place, replace(TOY, steps=(step, *TOY.steps[1:])))
    assert (ended.step, ended.failed, ended.otherwise) == ("open", "the act", "Is the disk full?")
    assert ended.found == "esx01: 'services.sh restart' ended with 1: no"


def test_a_step_that_only_writes_down_does_so_once(place):
    told = iter(["first", "second"])
    seen = Check("it is written down", lambda job: str(job.noted["told"]), "-")
    note = Step("note", "Write it down.", (seen,), otherwise="-", remember=lambda _job: {"told": next(told)})
    ended, _ = run(place, Procedure("toy", "Note.", (note,), {}))
    assert ended == Ended("finished")
    assert [event["how"] for event in kinds(place, "done")] == ["looked"]
    assert read_state(place / STATE).notes == {"note": {"told": "first"}}


def test_no_secret_reaches_log_or_terminal(place):
    secret = "s3cr\"e't"
    after = Check("all is well", lambda _job: f"the password {secret} works", "Change it.")
    look = Step("look", "Look.", (after,), lambda _job: None, "-", remember=lambda _job: {"told": [secret, {secret: 1}]})

    def reach(site, parts):
        found = Site(site, None, parts)
        found.journal.conceal(secret)
        return found

    out = io.StringIO()
    request = Request(Procedure("toy", "Look.", (look,), {}), place / "toy.toml")
    assert carry_out(request, Surroundings(out, reach=reach)).ending == "finished"
    assert secret not in out.getvalue()
    assert [event["seen"] for event in kinds(place, "check")] == ["the password ******** works"]
    assert [event["notes"] for event in kinds(place, "note")] == [{"told": ["********", {"********": 1}]}]


def test_a_step_that_nobody_could_check_cannot_be_written():
    with pytest.raises(ValueError, match="without a check after it"):
        Step("x", "Do it.", ())
    with pytest.raises(ValueError, match="does not say what to do when its act fails"):
        Step("x", "Do it.", (Check("so", lambda _job: "", "-"),), lambda _job: None)
    with pytest.raises(ValueError, match="does not say what to do when its act fails"):
        Step("x", "Do it.", (Check("so", lambda _job: "", "-"),), remember=lambda _job: {})
    with pytest.raises(ValueError, match="x: the procedure y has no branch a=c"):
        Procedure("y", "Do.", (Step("x", "Do.", (Check("so", lambda _job: "", "-"),), only=("a", "c")),), {"a": ("b",)})
