"""The ``releases`` command, and that a release is one data file: what its page shows is put in, and everything has it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import main
from harness.releases import load, names

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "adding-a-release.md"


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["releases", *arguments]) == 0
    return capsys.readouterr().out


def test_all_releases_are_listed_with_standing_and_products(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys).splitlines()
    rows = [line.split(maxsplit=6) for line in lines[1 : len(names()) + 1]]
    assert [row[0] for row in rows] == list(names())
    assert [(row[1], row[6]) for row in rows] == [(load(name).standing, load(name).title) for name in names()]
    assert [row[2] for row in rows[:4]] == ["3", "1", "0", "0"]


def test_one_is_explained_by_products_differences_defects_capabilities_and_provenance(capsys: pytest.CaptureFixture[str]) -> None:
    text, before = told(capsys, "9.0"), names()[names().index("9.0") - 1]
    for said in (
        "Release 9.0: vSphere 9.0 with Live Site Recovery 9.0\n  extrapolated: no document was written for it\n",
        "  esxi build: 24755229 (quoted: VCF 9.0 bill of materials",
        "  view: none (quoted: View API reference: View Composer is no longer supported",
        f"What differs from {before}, beside products\n",
        "  formats.hostd-restart: watchdog -> plain (quoted: ",
        "  ports-lost-when-storage-is-late: does not have it (stated: ",
        "  vmcp: yes (quoted: ",
    ):
        assert said in text
    assert "formats.prompt" not in text  # as in the one before
    quoted, stated, assumed = (int(number) for number in re.findall(r"\d+", text.splitlines()[-1]))
    assert min(quoted, stated, assumed) > 0


def test_the_first_release_is_compared_with_none(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, "5.0")
    assert "documented: a recovery document was written for it" in text
    assert "What differs" not in text


def test_a_program_gets_every_value_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    one = json.loads(told(capsys, "7.0", "--json"))
    assert (one["name"], one["standing"], one["before"]) == ("7.0", "extrapolated", "6.7")
    changes = {(each["section"], each["name"]): each for each in one["differences"]}
    store = changes["capabilities", "config-store"]
    assert (store["before"], store["now"], store["provenance"]) == (False, True, "stated")
    assert changes["timings", "ha.restart-after-master-failure"]["now"] == 50
    assert sum(one["totals"].values()) == sum(sum(words.values()) for words in one["counts"].values())
    assert [each["name"] for each in json.loads(told(capsys, "--json"))] == list(names())


def test_an_unknown_release_is_one_error_that_names_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["releases", "6.6"]) == 2
    said = capsys.readouterr().err
    assert said == f"blackstart: release '6.6': unknown\n  Did you mean 6.7 or 6.5? Known: {', '.join(names())}\n"


def test_help_says_what_the_words_mean(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["releases", "--help"])
    assert caught.value.code == 0
    assert "extrapolated  none was" in capsys.readouterr().out


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one file more: the release that the page about adding one shows."""
    folder = tmp_path_factory.mktemp("clone")
    for package in ("harness", "steps", "features"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    [shown] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    name = re.search(r'^name = "(.*)"$', shown, re.MULTILINE)
    assert name
    (folder / "harness" / "releases" / f"{name[1]}.toml").write_text(shown, encoding="utf-8")
    return folder


def run(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness.cli", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=280, check=False)


def test_a_new_release_is_listed_and_explained_by_its_data_file_alone(clone: Path) -> None:
    assert run(clone, "releases").stdout.splitlines()[len(names()) + 1].startswith("9.9 ")
    shown = run(clone, "releases", "9.9").stdout
    assert "esxi version: VMware ESX 9.9.0 (quoted: public transcript of vmware -vl)" in shown
    assert "What differs from 9.0, beside products\n  formats.hardware-version: 22 -> 25" in shown


def test_a_new_release_is_rehearsed_by_its_data_file_alone(clone: Path) -> None:
    wanted = ("--simulator", "process", "--tags", "@VDS-02 and not @twin")
    result = run(clone, "validate", "--release", "9.9", *wanted)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Release 9.9, an extrapolated release: certified on assumptions: 1 of 1 scenario passed" in result.stdout
    record = json.loads((clone / "reports" / "9.9" / "report.json").read_text(encoding="utf-8"))
    assert record["release"]["products"][0] == {"name": "VMware ESX", "version": "9.9.0", "build": "34755229"}
