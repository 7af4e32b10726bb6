"""A report looked at again: what has changed is found and named, and the verdict follows from the history alone."""

import json
import subprocess
from dataclasses import replace

import pytest

from harness.cli import main
from harness.errors import InputError
from harness.report.archive import to_json, write_text
from harness.report.judgement import conclude
from harness.report.manifest import FORMS, list_digests, read_manifest
from harness.report.model import UNJUDGED
from harness.report.session import WRITERS, write_report
from harness.report.verification import verify_report
from harness.report.vocabulary import OUTCOMES
from tests.report.sample_record import sample, scenario, step


@pytest.fixture
def report(tmp_path):
    return write_report(sample(), tmp_path)


def faults(report):
    found = verify_report(report)
    assert (found.exit_status == 2) == bool(found.faults)
    return [fault.removeprefix(f"{report}/") for fault in found.faults]


def edit(report, change):
    """Change the record and list its digest anew, as somebody would who knows of the list."""
    path = report / "report.json"
    plain = json.loads(path.read_text())
    change(plain)
    write_text(path, json.dumps(plain))
    (report / "SHA256SUMS").write_bytes(list_digests({name: (report / name).read_bytes() for name in WRITERS}))


def test_a_report_as_it_was_written_is_intact_and_so_says_the_usual_tool(report):
    found = verify_report(report)
    assert (found.faults, found.exit_status, found.files, found.signatures) == ((), 0, len(WRITERS), ())
    assert found.record == sample()
    subprocess.run(["sha256sum", "--strict", "--check", "SHA256SUMS"], cwd=report, check=True, capture_output=True)


@pytest.mark.parametrize(("failed", "status"), [(False, 0), (True, 1)])
def test_the_exit_status_is_that_of_the_verdict(tmp_path, failed, status):
    assert verify_report(write_report(sample(failed=failed), tmp_path)).exit_status == status


def test_an_inconclusive_run_stays_2_though_nothing_has_changed(tmp_path):
    found = verify_report(write_report(sample(scenarios=(scenario("a", 3, "undefined"),)), tmp_path))
    assert (found.faults, found.exit_status) == ((), 2)


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_changed_by_one_byte_is_named(report, name):
    with (report / name).open("r+b") as file:
        file.seek(200)
        byte = file.read(1)
        file.seek(200)
        file.write(bytes([byte[0] ^ 1]))
    assert faults(report)[0].startswith(f"{name}: has changed: SHA-256 of its ")


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_is_cut_short_empty_or_gone_is_named(report, name):
    content = (report / name).read_bytes()
    (report / name).write_bytes(content[: len(content) // 2])
    assert faults(report)[0].startswith(f"{name}: has changed")
    (report / name).write_text("")
    assert faults(report)[0] == f"{name}: is empty: it was cut short"
    (report / name).unlink()
    assert faults(report)[0] == f"{name}: is missing"


def test_a_record_that_is_cut_short_is_told_with_its_line_beside_its_digest(report):
    text = (report / "report.json").read_text()
    (report / "report.json").write_text(text[: len(text) // 2])
    changed, cut = faults(report)
    assert changed.startswith("report.json: has changed")
    assert cut == f"report.json:{text[: len(text) // 2].count(chr(10)) + 1}: record: is not whole JSON: {cut.rpartition(': ')[2]}"


def test_what_does_not_belong_to_the_report_is_named_and_a_signature_does(report):
    (report / "old").mkdir()
    (report / "old" / "index.html").write_text("")
    (report / "SHA256SUMS.asc").write_text("signed")
    assert faults(report) == ["old/index.html: is not part of the report: SHA256SUMS does not list it"]
    assert verify_report(report).signatures == ("SHA256SUMS.asc",)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:-10], "SHA256SUMS:6: list of digests: is cut short"),
        (lambda text: text[: text.index("  index") + 1], "SHA256SUMS:1: list of digests: is no line of digest and name"),
        (lambda text: text[: text.index("\n") + 1], "junit.xml: is not part of the report"),
        (lambda text: "", "SHA256SUMS: list of digests: is empty"),
        (
            lambda text: text.replace("index", "report").replace("html", "json"),
            "SHA256SUMS:5: list of digests: names a file again",
        ),
        (lambda text: "x" * 64 + text[64:], "SHA256SUMS:1: list of digests: is no line"),
    ],
)
def test_a_list_that_is_damaged_is_told_with_its_line(report, damage, said):
    path = report / "SHA256SUMS"
    path.write_text(damage(path.read_text()))
    assert faults(report)[0].startswith(said)


def test_no_bit_of_the_list_and_no_end_of_a_line_can_change_unseen(report):
    path = report / "SHA256SUMS"
    written, listed = path.read_bytes(), read_manifest(report)

    def looks_whole(content):
        path.write_bytes(content)
        try:
            return read_manifest(report) == listed
        except InputError:
            return False

    flipped = (written[:at] + bytes([byte ^ 1 << bit]) + written[at + 1 :] for at, byte in enumerate(written) for bit in range(8))
    elsewhere = (written.replace(b"\n", b"\r\n"), written.replace(b"  ", b" *"), written + b"\n")
    assert [content for content in (*flipped, *elsewhere) if looks_whole(content)] == []
    assert looks_whole(written)


def test_a_form_that_is_gone_with_its_line_and_a_link_that_was_added_are_named(report):
    lines = (report / "SHA256SUMS").read_text().splitlines(keepends=True)
    (report / "SHA256SUMS").write_text("".join(line for line in lines if "junit" not in line))
    (report / "junit.xml").unlink()
    (report / "more").symlink_to(report.parent)
    assert faults(report) == [
        "junit.xml: is missing, and SHA256SUMS does not list it",
        "more: is not part of the report: SHA256SUMS does not list it",
    ]


def test_every_form_is_expected():
    assert sorted(WRITERS) == list(FORMS)


def test_a_report_without_its_list_is_not_trusted_though_its_record_agrees(report):
    (report / "SHA256SUMS").unlink()
    assert faults(report) == ["SHA256SUMS: list of digests: No such file or directory"]


def to_green(plain):
    plain["verdict"] |= {"decision": "certified", "exit_status": 0}


def to_passed(plain):
    plain["scenarios"][-1]["outcome"] = "passed"


def drop(plain):
    del plain["scenarios"][-1]


def leave_out(plain):
    plain["scenarios"][-1]["attempt"]["selected"] = False


def pass_step(plain):
    plain["scenarios"][-1]["steps"][3]["status"] = "passed"
    plain["scenarios"][-1]["outcome"] = "passed"


def forget_assumption(plain):
    plain["facts"] = [fact for fact in plain["facts"] if fact["provenance"] != "assumed"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (to_green, 'verdict.decision says "certified", and its history says "failed"'),
        (
            to_passed,
            'scenarios[7].outcome (features/network/storage_after_host.feature:44 Waiting does not cure it) says "passed"',
        ),
        (drop, "counts.failed says 1, and its history says 0"),
        (
            leave_out,
            "scenarios[7].attempt.selected (features/network/storage_after_host.feature:44 Waiting does not cure it) says",
        ),
        (pass_step, 'and its history says "failed"'),
        (forget_assumption, "facts says a list of 3, and its history says a list of 5"),
    ],
)
def test_a_verdict_that_the_history_does_not_support_is_named_though_the_digests_fit(tmp_path, change, said):
    report = write_report(sample(failed=True), tmp_path)
    edit(report, change)
    found = faults(report)
    assert found
    assert all(fault.startswith("report.json: ") for fault in found)
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize("kind", ["version", "shape"])
def test_a_record_of_another_version_or_shape_is_told(report, kind):
    edit(report, lambda plain: plain.update({"schema_version": 99} if kind == "version" else {"planned": "many"}))
    [fault] = faults(report)
    assert "has schema version 99" in fault if kind == "version" else "at $.planned" in fault


def test_what_is_no_directory_is_refused(report, tmp_path):
    with pytest.raises(InputError, match="there is no such directory"):
        verify_report(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is a file"):
        verify_report(report / "report.json")
    with pytest.raises(InputError, match=r"has no report\.json\n  Give the directory of one report: 5\.0 are in it"):
        verify_report(report.parent)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"schema_version": ' + "9" * 5_000 + "}"])
def test_json_without_end_is_one_fault(report, text):
    (report / "report.json").write_text(text)
    assert faults(report)[1] == "report.json: record: is no record: a number or a nesting in it has no end"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_judging_again_changes_nothing(outcome):
    record = sample(scenarios=(scenario("a", 3), scenario("b", 9, outcome, steps=(step("Then", "it holds", 10),))))
    assert [each.outcome for each in record.scenarios] == ["passed", outcome]
    assert conclude(record) == record
    assert to_json(conclude(record)) == to_json(record)


def falsified(judged):
    """A scenario with its history, and with nothing as it follows from that."""
    steps = tuple(replace(each, simulated=each.simulated + 60) for each in judged.steps)
    told = {"outcome": "passed", "reason": "none", "requirements": ("VDS-99",), "wall": judged.wall + 60}
    return replace(judged, **told, twin=not judged.twin, declared=not judged.declared, steps=steps)


@pytest.mark.parametrize("failed", [False, True])
def test_nothing_that_follows_from_the_history_is_believed(failed):
    record = sample(failed=failed)
    scenarios = tuple(falsified(each) for each in record.scenarios)
    told = {"planned": 99, "selected": 99, "counts": {}, "trace": (), "facts": (), "ledger": (), "verdict": UNJUDGED}
    assert conclude(replace(record, scenarios=scenarios, **told)) == record


@pytest.mark.parametrize(("count", "more"), [(20, False), (21, True)])
def test_of_many_differences_the_first_are_named_and_that_there_are_more(tmp_path, count, more):
    report = write_report(sample(scenarios=tuple(scenario(f"number {line}", line) for line in range(1, 30))), tmp_path)
    edit(report, lambda plain: [each.update(wall=each["wall"] + 7) for each in plain["scenarios"][:count]])
    found = faults(report)
    assert len(found) == 20 + more
    assert (found[-1] == "report.json: and more of that") is more


def test_a_step_that_was_not_seen_to_pass_is_no_pass_whatever_the_phases_say():
    ran = scenario("a", 3, steps=(step("Then", "it holds", 4), step("And", "more", 5, status="not_run")))
    [judged] = sample(scenarios=(ran,)).scenarios
    assert (judged.outcome, judged.reason) == ("error", "1 of 2 steps were seen to pass")


def test_the_command_says_what_it_found_for_each_report_and_ends_with_the_worst(tmp_path, capsys):
    good, bad = write_report(sample(), tmp_path / "good"), write_report(sample(failed=True), tmp_path / "bad")
    assert main(["verify", str(good)]) == 0
    assert capsys.readouterr().out == (
        f"{good}: release 5.0, run of 2026-03-14T08:12:45Z\n"
        "  intact   6 files as SHA256SUMS lists them, no signature\n"
        "  agrees   5 scenarios with 18 steps, judged again by the recorded history\n"
        "  verdict  certified on assumptions: 3 of 5 scenarios passed; 1 requirement without a scenario\n"
        "           2 texts and timings that took part are assumed\n"
    )
    assert main(["verify", str(good), str(bad)]) == 1
    (good / "index.html").write_text("")
    capsys.readouterr()
    assert main(["verify", str(good), str(bad)]) == 2
    said = capsys.readouterr().out
    assert f"  CHANGED  {good}/index.html: is empty: it was cut short\n  history  certified on assumptions" in said
    assert main(["verify", str(tmp_path / "nowhere"), str(bad)]) == 2
    said = capsys.readouterr()
    assert said.out.startswith(f"{bad}: release 5.0")
    assert said.err.startswith(f"blackstart: {tmp_path}/nowhere: report: there is no such directory\n  Give")


def test_a_strict_run_on_assumptions_is_1(tmp_path):
    record = sample()
    strict = conclude(replace(record, environment=replace(record.environment, strict=True)))
    assert verify_report(write_report(strict, tmp_path)).exit_status == 1


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        main(["verify", "--help"])
    assert "sha256sum -c SHA256SUMS" in capsys.readouterr().out
