"""Reading one feature file with the reference parser, and refusing what pytest-bdd would bind wrongly or pass over in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser
from gherkin.parser_types import Feature, GherkinDocument, Rule, Scenario, Step, Tag
from gherkin.pickles.compiler import Compiler, GherkinDocumentWithURI, Pickle, is_background_container, is_rule_container
from gherkin.pickles.compiler import is_scenario_container as is_scenario

from harness.errors import InputError

FIRST_STEP_TYPES = {"Context", "Action", "Outcome"}
SKIP_REASON = re.compile(r"#\s*skipped:\s*(?P<reason>\S.*?)(?:;\s*until\s+(?P<until>.*))?")


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed feature file: its syntax tree, and the pickles (one per scenario or example row) that it compiles to."""

    path: Path
    text: str
    document: GherkinDocument
    feature: Feature
    pickles: list[Pickle]


def read_source(path: Path) -> Source:
    """Parse ``path``. Raises `InputError` with the line for whatever could not run as it is written."""
    text = _read(path)
    document = _parse(path, text)
    feature = document.get("feature")
    if not feature:
        raise InputError("feature file", "has no Feature", "Write 'Feature: ...' and its scenarios, or remove the file.", path)
    _check(path, feature)
    compiled: GherkinDocumentWithURI = {**document, "uri": path.name}
    pickles = Compiler().compile(compiled)
    if not pickles:
        raise InputError(
            f"feature {feature['name']!r}", "has no scenario", "Write one, or remove the file.", path, feature["location"]["line"]
        )
    return Source(path, text, document, feature, pickles)


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith("\ufeff"):
            raise InputError("feature file", "begins with a byte order mark", "Save it as UTF-8 without one.", path, 1)
        return text
    except UnicodeDecodeError as error:
        raise InputError("feature file", f"is not UTF-8 (byte {error.start})", "Save it as UTF-8.", path) from error
    except OSError as error:
        raise InputError("feature file", error.strerror or str(error), "Make it readable.", path) from error


def _parse(path: Path, text: str) -> GherkinDocument:
    try:
        return Parser().parse(text)
    except CompositeParserException as error:
        raise _syntax_error(path, error.errors[0], len(error.errors) - 1) from error
    except ParserException as error:
        raise _syntax_error(path, error, 0) from error


def _syntax_error(path: Path, error: ParserException, more: int) -> InputError:
    problem = re.sub(r"^\(\d+:\d+\): ", "", str(error))
    problem = re.sub(r"expected: .*?, got '(?P<got>.*)'$", r"'\g<got>' cannot stand here", problem, flags=re.DOTALL)
    tail = f" (and {more} more)" if more > 0 else ""
    return InputError(
        "Gherkin syntax", problem + tail, "See the Gherkin reference for what may follow.", path, error.location["line"]
    )


def scenarios_of(feature: Feature) -> Iterator[tuple[Rule | None, Scenario]]:
    """Each scenario (or outline) of ``feature`` in the order of the file, with the rule that it stands under."""
    for child in feature["children"]:
        if is_rule_container(child):
            for inner in child["rule"]["children"]:
                if is_scenario(inner):
                    yield child["rule"], inner["scenario"]
        elif is_scenario(child):
            yield None, child["scenario"]


def step_lists_of(feature: Feature) -> Iterator[list[Step]]:
    """The step lists of all backgrounds and scenarios of ``feature``."""
    for child in feature["children"]:
        for part in child["rule"]["children"] if is_rule_container(child) else [child]:
            if is_background_container(part):
                yield part["background"]["steps"]
            elif is_scenario(part):
                yield part["scenario"]["steps"]


def declared_skip(source: Source, line: int, tags: list[Tag]) -> tuple[str, str]:
    """What a ``# skipped: reason; until 2030-12-31`` comment on the lines right above ``line``, among its tags, says.

    The reason and the last day on which it counts, each empty where there is none. Raises `InputError` for a day that is none.
    """
    comments = {comment["location"]["line"]: comment["text"].strip() for comment in source.document["comments"]}
    tag_lines = {tag["location"]["line"] for tag in tags}
    above = line - 1
    while above in comments or above in tag_lines:
        if match := SKIP_REASON.fullmatch(comments.get(above, "")):
            return match["reason"].strip(), _day(match["until"], source.path, above) if match["until"] is not None else ""
        above -= 1
    return "", ""


def _day(text: str, path: Path, line: int) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise InputError("skip", f"until {text.strip()!r} is no date", "Write it as 2030-12-31.", path, line) from error


def _check(path: Path, feature: Feature) -> None:
    for steps in step_lists_of(feature):
        if steps and steps[0]["keywordType"] not in FIRST_STEP_TYPES:
            problem = f"the first step begins with {steps[0]['keyword'].strip()!r}"
            raise InputError("step order", problem, "Begin with Given, When or Then.", path, steps[0]["location"]["line"])
    for child in feature["children"]:
        if is_rule_container(child) and not any(map(is_scenario, child["rule"]["children"])):
            rule = child["rule"]
            raise InputError(f"rule {rule['name']!r}", "has no scenario", "Write one.", path, rule["location"]["line"])
    for _, scenario in scenarios_of(feature):
        _check_outline(path, scenario)


def _check_outline(path: Path, scenario: Scenario) -> None:
    tables = scenario["examples"]
    outline = tables or "outline" in scenario["keyword"].lower() or "template" in scenario["keyword"].lower()
    if outline and not (tables and all(table.get("tableBody") for table in tables)):
        empty = next((table["location"]["line"] for table in tables if not table.get("tableBody")), scenario["location"]["line"])
        problem = "has no example row, so nothing of it would run" if len(tables) < 2 else "has a table without a row"
        raise InputError(f"outline {scenario['name']!r}", problem, "Add a row under 'Examples:'.", path, empty)
