"""What a run has to do: the scenarios that the feature files hold, found without pytest's help.

The accounting of a report rests on this list: whatever stands here and was not seen to end is *not run*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from gherkin.parser_types import Rule, Scenario, Step
from gherkin.pickles.compiler import Pickle, PickleStep

from harness.errors import InputError
from harness.report.gherkin_source import Source, declared_skip, read_source, scenarios_of, step_lists_of
from harness.report.tags import SKIP_TAG, is_twin, requirement_ids, selects
from harness.units import number_of


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step as the features write it; ``argument`` is its table or doc string as text, empty where it has none."""

    keyword: str
    text: str
    line: int
    argument: str = ""


@dataclass(frozen=True, slots=True)
class PlannedScenario:
    """One scenario or one example row. ``key`` is ``file:line`` and names it in every report; ``expires`` ends its skip, if any.

    ``declaration`` and ``example`` are how pytest-bdd finds it: the line of its ``Scenario`` keyword and the number of the row
    (from 0; -1 for a plain scenario). ``preface`` is the feature's description, ``source`` the text of its whole file.
    ``hidden_by`` is the line of a later scenario with the same name in the same file.
    """

    key: str
    path: Path
    file: str
    feature: str
    preface: str
    rule: str
    name: str
    description: str
    line: int
    declaration: int
    example: int
    tags: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    skip_reason: str = ""
    expires: str = ""
    hidden_by: int = 0
    selected: bool = True
    source: str = field(default="", repr=False)

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirement ids among the tags, in the order of the file."""
        return requirement_ids(self.tags)

    @property
    def is_twin(self) -> bool:
        """Whether this is a negative twin: tagged ``@twin`` or ``@twin:<key>``."""
        return is_twin(self.tags)

    @property
    def is_skipped(self) -> bool:
        """Whether the file asks for it to be left out, by ``@skipped``."""
        return SKIP_TAG in self.tags

    def is_skipped_on(self, day: date) -> bool:
        """Whether it is left out on ``day``: after the last day that its reason names it runs again."""
        return self.is_skipped and not (self.expires and day > date.fromisoformat(self.expires))


def make_plan(directories: Sequence[Path], tags: str = "") -> list[PlannedScenario]:
    """Every scenario below ``directories``, in the order of paths and lines; those that ``tags`` leaves out are not `selected`.

    Raises `InputError` where a directory, a file or the tag expression cannot be used, and where nothing is selected.
    """
    found = find_features(directories)
    plan = [scenario for path in found for scenario in _scenarios(read_source(path), shown_path(path, directories))]
    selected = select(plan, tags)
    if not any(scenario.selected for scenario in selected):
        hint = "" if "@" in tags else " A tag begins with @."
        raise InputError("tags", f"no scenario matches {tags!r}", f"Looked at: {number_of(len(plan), 'scenario')}.{hint}")
    return selected


def select(plan: Iterable[PlannedScenario], tags: str) -> list[PlannedScenario]:
    """``plan`` with `selected` set by the Cucumber tag expression ``tags``; an empty one selects everything."""
    chosen = selects(tags)
    return [replace(scenario, selected=chosen(scenario.tags)) for scenario in plan]


def find_features(directories: Sequence[Path]) -> list[Path]:
    """The feature files below ``directories``, each once, sorted; `InputError` for one that is missing or has none."""
    found: dict[Path, None] = {}
    for directory in directories:
        if not directory.exists():
            raise InputError("features", "there is no such directory", "Give one with --features DIR.", directory)
        files = [directory] if directory.is_file() else sorted(directory.rglob("*.feature"))
        if not files:
            raise InputError("features", "no *.feature file below this directory", "Give another with --features DIR.", directory)
        found.update(dict.fromkeys(path.resolve() for path in files))
    return sorted(found)


def shown_path(path: Path, directories: Sequence[Path] = ()) -> str:
    """``path`` as a report shows it: from the working directory if it lies below.

    Else with the one of ``directories`` that has it, or with the directory that it is in.
    """
    here = Path.cwd().resolve()
    if path.is_relative_to(here):
        return path.relative_to(here).as_posix()
    above = (each.resolve().parent for each in directories if each.is_dir() and path.is_relative_to(each.resolve()))
    return path.relative_to(next(above, path.parent.parent)).as_posix()


def _scenarios(source: Source, file: str) -> Iterator[PlannedScenario]:
    by_node = {node["id"]: (rule, node) for rule, node in scenarios_of(source.feature)}
    last_line = {node["name"]: node["location"]["line"] for _, node in by_node.values()}
    steps = {step["id"]: step for steps in step_lists_of(source.feature) for step in steps}
    rows: dict[str, int] = {}
    for pickle in source.pickles:
        rule, node = by_node[pickle["astNodeIds"][0]]
        rows[node["id"]] = rows.get(node["id"], -1) + 1
        planned = _planned(source, file, pickle, rule, node)
        planned = replace(planned, steps=tuple(_step(step, steps) for step in pickle["steps"]))
        line = node["location"]["line"]
        yield replace(
            planned,
            example=rows[node["id"]] if node["examples"] else -1,
            hidden_by=last_line[node["name"]] if last_line[node["name"]] != line else 0,
        )


def _planned(source: Source, file: str, pickle: Pickle, rule: Rule | None, node: Scenario) -> PlannedScenario:
    line = pickle["location"]["line"]
    reason, expires = _skip(source, rule, node)
    return PlannedScenario(
        key=f"{file}:{line}",
        path=source.path,
        file=file,
        feature=source.feature["name"],
        preface=_text(source.feature["description"]),
        rule=rule["name"] if rule else "",
        name=pickle["name"],
        description=_text(node["description"]),
        line=line,
        declaration=node["location"]["line"],
        example=-1,
        tags=tuple(tag["name"] for tag in pickle["tags"]),
        steps=(),
        skip_reason=reason,
        expires=expires,
        source=source.text,
    )


def _text(description: str) -> str:
    return "\n".join(line.strip() for line in description.splitlines()).strip()


def _skip(source: Source, rule: Rule | None, node: Scenario) -> tuple[str, str]:
    for owner in (node, rule, source.feature):
        if owner and any(tag["name"] == SKIP_TAG for tag in owner["tags"]):
            return declared_skip(source, owner["location"]["line"], owner["tags"])
    return "", ""


def _step(step: PickleStep, nodes: dict[str, Step]) -> PlannedStep:
    node = nodes[step["astNodeIds"][0]]
    return PlannedStep(node["keyword"].strip(), step["text"], node["location"]["line"], _argument(step))


def _argument(step: PickleStep) -> str:
    argument: dict[str, Any] = dict(step.get("argument") or {})
    if not argument:
        return ""
    if "docString" in argument:
        return str(argument["docString"]["content"] or "")
    rows = [[cell["value"] for cell in row["cells"]] for row in argument["dataTable"]["rows"]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows)
