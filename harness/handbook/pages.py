"""The pages of the site as MyST Markdown, which Sphinx makes into HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.handbook.sightings import Evidence
from harness.procedures.catalogue import PROCEDURES
from harness.procedures.model import Procedure
from harness.releases import Release
from harness.report.plain_text import SYMBOLS, visible
from harness.report.plan import PlannedScenario
from harness.report.verdict import WORDS
from harness.report.vocabulary import RequirementState
from harness.requirements import Requirement

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")
FOLDERS = {"vcloud_director": "vCloud Director"}
"""Headings for folders of features that are written otherwise than the folder."""
STATES = {None: "not in the report", "shown_by_tests": "by tests", "no_scenario": "no scenario"}
"""Words for a requirement that has no outcome."""
STATIC = "_static"
STYLE = Path(__file__).with_name("templates") / "site.css"


@dataclass(frozen=True)
class Material:
    """What the site is made of; ``vocabulary`` is the features' own page."""

    plan: Sequence[PlannedScenario]
    requirements: Mapping[str, Requirement]
    releases: Sequence[Release]
    evidence: Evidence
    vocabulary: str


@dataclass(frozen=True)
class Chapter:
    """A feature file: where its page is, and its scenarios by rule."""

    page: str
    title: str
    preface: str
    rules: tuple[tuple[str, tuple[PlannedScenario, ...]], ...]


def write_pages(material: Material, directory: Path) -> None:
    """Write all pages below ``directory``."""
    render = _templates().get_template
    chapters = list(_chapters(material.plan))
    home = {scenario.key: chapter.page for chapter in chapters for scenario in _scenarios(chapter)}
    _write(directory / STATIC / STYLE.name, STYLE.read_text(encoding="utf-8"))
    words = {"material": material, "home": home, "contents": _contents(chapters)}
    for name in ("index", "requirements", "releases"):
        _write(directory / f"{name}.md", render(f"{name}.md").render(words))
    for chapter in chapters:
        _write(directory / f"{chapter.page}.md", render("feature.md").render(words, chapter=chapter))
    for procedure in PROCEDURES.values():
        about = _about(procedure, chapters)
        rehearsals = [scenario for chapter in about for scenario in _scenarios(chapter)]
        text = render("procedure.md").render(words, procedure=procedure, chapters=about, rehearsals=rehearsals)
        _write(directory / "procedures" / f"{procedure.name}.md", text)
    _write(directory / "vocabulary.md", re.sub(r"\]\(requirements\.toml\)", "](requirements.md)", material.vocabulary))


def _contents(chapters: Sequence[Chapter]) -> list[tuple[str, list[str]]]:
    """The pages by the heading that they stand under: procedures, then each folder of features."""
    folders: dict[str, list[str]] = {"Procedures": [f"procedures/{name}" for name in PROCEDURES]}
    for chapter in chapters:
        folder, _, _ = chapter.page.partition("/")
        folders.setdefault(FOLDERS.get(folder, folder.replace("_", " ").capitalize()), []).append(chapter.page)
    return [*folders.items(), ("Reference", ["requirements", "releases", "vocabulary"])]


def _about(procedure: Procedure, chapters: Sequence[Chapter]) -> list[Chapter]:
    """The chapters whose scenarios are evidence for a requirement that ``procedure`` names."""
    named = set(re.findall(r"[A-Z]+-\d+", procedure.does))
    return [chapter for chapter in chapters if any(named & set(each.requirements) for each in _scenarios(chapter))]


def _chapters(plan: Sequence[PlannedScenario]) -> Iterator[Chapter]:
    for file, group in groupby(plan, key=lambda scenario: scenario.file):
        listed = tuple(group)
        path = Path(file)
        rules = tuple((rule, tuple(part)) for rule, part in groupby(listed, key=lambda scenario: scenario.rule))
        yield Chapter(f"{path.parent.name}/{path.stem}", listed[0].feature, listed[0].preface, rules)


def _scenarios(chapter: Chapter) -> Iterator[PlannedScenario]:
    return (scenario for _, scenarios in chapter.rules for scenario in scenarios)


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.handbook", "templates"),
        autoescape=False,  # noqa: S701 - the pages are Markdown: what they insert goes through `plain`, or into fences
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(plain=_plain, lines=_lines, gherkin=_gherkin)
    environment.tests["contains"] = lambda listed, one: one in listed
    environment.globals.update(sign=_sign, state=_state, anchor=_anchor)
    return environment


def _plain(text: str) -> str:
    """``text`` in one line, with what Markdown would act on made literal."""
    return SPECIAL.sub(r"\\\1", visible(" ".join(text.split())))


def _lines(text: str) -> str:
    return "\n".join(_plain(line) for line in text.splitlines())


def _gherkin(scenario: PlannedScenario) -> str:
    """The steps of ``scenario`` in a fence of their own."""
    lines: list[str] = []
    for step in scenario.steps:
        lines.append(f"{step.keyword} {step.text}")
        lines += [f"  {line}" for line in step.argument.splitlines()]
    text = visible("\n".join(lines))
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}gherkin\n{text}\n{fence}"


def _anchor(scenario: PlannedScenario) -> str:
    """A name for ``scenario`` on its page and in links to it."""
    return "line-" + re.sub(r"\W+", "-", scenario.key)


def _sign(outcome: str) -> str:
    """An outcome as its sign and its word."""
    return next(f"{SYMBOLS[known]} {word}" for known, word in WORDS.items() if known == outcome)


def _state(state: RequirementState | None) -> str:
    """What became of a requirement: the outcome of its scenarios, or why it has none."""
    return STATES.get(state) or _sign(str(state))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
