"""A comparison as plain text for a terminal and as Markdown for a review or a job summary; the same one gives the same text."""

from __future__ import annotations

from collections.abc import Iterator

from harness.report.change import Comparison, RequirementChange, ScenarioChange, StepChange, TextChange
from harness.report.comparison_words import (
    SIGNS,
    conclusion,
    headings,
    outcomes,
    side_line,
    step_lines,
    step_outcome,
    summary,
)
from harness.report.plain_text import visible


def to_text(comparison: Comparison) -> str:
    """``comparison`` for a terminal: the worst first, each with what was and what is."""
    lines = [f"before  {side_line(comparison.before)}", f"after   {side_line(comparison.after)}"]
    for requirement in comparison.requirements:
        lines += ["", *_requirement(requirement)]
    for scenario in comparison.scenarios:
        lines += ["", *_scenario(scenario)]
    lines += ["", f"Scenarios: {summary(comparison)}", conclusion(comparison)]
    return visible("\n".join(lines)) + "\n"


def _requirement(change: RequirementChange) -> Iterator[str]:
    yield f"{SIGNS[change.kind]} {', '.join(headings(change))}: requirement {change.id}"
    yield f"    {outcomes(change.before, change.after)}"
    yield from (f"    {line}" for text in change.texts for line in _text(text))


def _scenario(change: ScenarioChange) -> Iterator[str]:
    yield f"{SIGNS[change.kind]} {', '.join(headings(change))}: {_called(change)}"
    yield f"    {change.key_after or change.key_before}: {outcomes(change.before, change.after)}"
    if change.reason and change.kind != "same":
        yield f"    {change.reason}"
    yield from (f"    {line}" for text in change.texts for line in _text(text))
    yield from (f"    {line}" for step in change.steps for line in _step(step))


def _called(change: ScenarioChange) -> str:
    return " ".join((*change.requirements, *(["twin"] if change.twin else []), change.name))


def _text(change: TextChange) -> Iterator[str]:
    for sign, text in (("-", change.before), ("+", change.after)):
        yield from (f"{sign} {change.what}: {line}" for line in text.splitlines())


def _step(change: StepChange) -> Iterator[str]:
    end = step_outcome(change)
    for number, (sign, line) in enumerate(lines := step_lines(change), 1):
        yield f"{sign} {line}" + (f"  ({end})" if end and number == len(lines) else "")


def to_markdown(comparison: Comparison) -> str:
    """``comparison`` as Markdown: a table of what changed, then each in detail."""
    lines = [
        f"# {conclusion(comparison)}",
        "",
        f"- before: {_inline(side_line(comparison.before))}",
        f"- after: {_inline(side_line(comparison.after))}",
        "",
        f"Scenarios: {summary(comparison)}.",
    ]
    if comparison.requirements:
        lines += ["", "## Requirements", "", "| What | Requirement | Before | After |", "|---|---|---|---|"]
        lines += [_row(change) for change in comparison.requirements]
    if comparison.scenarios:
        lines += ["", "## Scenarios"]
    for scenario in comparison.scenarios:
        lines += ["", *_section(scenario)]
    return visible("\n".join(lines)) + "\n"


def _row(change: RequirementChange) -> str:
    was, became = (outcomes(each, each) for each in (change.before, change.after))
    return f"| {SIGNS[change.kind]} {', '.join(headings(change))} | {_inline(f'{change.id} {change.text}')} | {was} | {became} |"


def _section(change: ScenarioChange) -> Iterator[str]:
    yield f"### {SIGNS[change.kind]} {', '.join(headings(change))}: {_inline(_called(change))}"
    yield ""
    yield f"`{_code(change.key_after or change.key_before)}`: {outcomes(change.before, change.after)}"
    if change.reason and change.kind != "same":
        yield from ("", _inline(change.reason))
    texts = [line for text in change.texts for line in _text(text)]
    if details := [*texts, *(line for step in change.steps for line in _step(step))]:
        fence = "`" * max(3, 1 + max(_ticks(line) for line in details))
        yield from ("", f"{fence}diff", *details, fence)


def _ticks(line: str) -> int:
    """The longest run of backquotes in ``line``."""
    return max((len(run) for run in "".join(each if each == "`" else " " for each in line).split()), default=0)


def _inline(text: str) -> str:
    """``text`` on one line, with nothing in it that Markdown or HTML takes for its own."""
    escaped = "".join(f"\\{each}" if each in "\\`*_{}[]<>#|~!" else each for each in text)
    return " ".join(escaped.replace("&", "&amp;").split())


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").split())
