"""The report as one offline HTML page: readable without scripts, by keyboard, on paper and in both colour schemes."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.report import accounting, comparison_words
from harness.report.accounting import findings, omissions, worst_of
from harness.report.changes import changes_of, events_in, shown
from harness.report.chart import draw, table_of
from harness.report.evidence import Showing
from harness.report.facts import meanings
from harness.report.inserting import Inserting, insert
from harness.report.model import Fact, Feature, Record, Requirement, Twin
from harness.report.plain_text import SYMBOLS, day, shortened
from harness.report.recovery_time import COMPARED, merged_parts, moment, provenance_of, tally
from harness.report.scenario import Entry, ScenarioResult, StepResult
from harness.report.tags import TWIN_TAG
from harness.report.timeline import timeline_of_log, timelines_of
from harness.report.transcript import DETAILS, Detail, fitting, limits, transcript
from harness.report.vocabulary import OUTCOMES, Outcome
from harness.units import number_of, shown_span

TONES: dict[str, str] = {
    "passed": "good",
    "failed": "bad",
    "skipped": "quiet",
    "not_applicable": "quiet",
    "deselected": "quiet",
    "certified": "good",
    "certified on assumptions": "good",
    "inconclusive": "odd",
    "shown_by_tests": "quiet",
    "no_scenario": "odd",
}
MARKS = {str(outcome): sign for outcome, sign in SYMBOLS.items()}
MARKS |= {"certified": "✓", "certified on assumptions": "✓", "inconclusive": "?", "shown_by_tests": "·", "no_scenario": "○"}
NOTES = ("fault", "time")
QUOTED, EMPTY = "&#34;", re.compile(r">\n\n+<")


LIMIT = 5_000_000
"""Bytes that a page should not exceed: browsers of phones and mail servers take that much."""


@dataclass(frozen=True, slots=True)
class TwinTrace:
    """A documented twin with the scenarios that show it; ``twin`` is None for those that name no documented one."""

    twin: Twin | None
    scenarios: tuple[ScenarioResult, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A requirement with the scenarios that show it, and its twins with those that show what happens without one cause."""

    requirement: Requirement
    source: str
    behaviours: tuple[ScenarioResult, ...]
    twins: tuple[TwinTrace, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A feature file: its scenarios by rule, in order."""

    feature: Feature
    rules: tuple[tuple[str, tuple[ScenarioResult, ...]], ...]
    scenarios: tuple[ScenarioResult, ...]


def to_page(record: Record) -> str:
    """``record`` as HTML text; the same record gives the same text. Where there is too much to show, it has fewer exchanges."""
    page = _render(record, DETAILS[0])
    excess = len(page.encode()) - LIMIT
    detail = fitting(record.scenarios, excess) if excess > 0 else None
    return _render(record, detail) if detail else page


def _render(record: Record, detail: Detail) -> str:
    environment = templates()
    page = environment.get_template("report.html").render(
        record=record,
        detail=detail,
        anchors={scenario.key: f"s{number}" for number, scenario in enumerate(record.scenarios, 1)},
        counted=counted(record),
        findings=(found := findings(record)),
        worst=worst_of(found),
        omissions=omissions(record.scenarios),
        traces=(traces := traces_of(record)),
        states={each.id: each.state for each in record.trace},
        cards={trace.requirement.id: f"r{number}" for number, trace in enumerate(traces, 1)},
        chapters=chapters_of(record),
        ledger=ledger_of(record.facts),
        meanings=meanings(),
        showings=showings_of(record),
        timelines=timelines_of(record.scenarios),
        logs=[(log, timeline_of_log(log.entries)) for log in record.procedures],
        **TOOLS,
    )
    return _lean(page)


def _lean(page: str) -> str:
    """``page`` without what a browser does not need: a quotation mark between tags is one by itself, as is an empty line."""
    first, *rest = EMPTY.sub(">\n<", page).split(QUOTED)
    parts, inside = [first], _in_tag(first, inside=True)
    for part in rest:
        parts += [QUOTED if inside else '"', part]
        inside = _in_tag(part, inside=inside)
    return "".join(parts)


def _in_tag(part: str, *, inside: bool) -> bool:
    """Whether a page goes on within a tag after ``part``; ``inside`` says whether it does before."""
    opened, closed = part.rfind("<"), part.rfind(">")
    return inside if opened == closed else opened > closed


@cache
def templates() -> Environment:
    """The templates of this package, with the words and signs that reports use; what they insert is escaped and made visible."""
    environment = Environment(
        loader=PackageLoader("harness.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=insert,
        keep_trailing_newline=True,
    )
    environment.code_generator_class = Inserting
    environment.filters.update(
        span=shown_span,
        short=shortened,
        tone=_tone,
        mark=lambda word: MARKS.get(word, "!"),
        word=lambda status: comparison_words.STATE_WORDS.get(status, status),
        moment=_moment,
        day=day,
        number_of=number_of,
    )
    return environment


def _tone(word: str) -> str:
    return TONES.get(word, "bad" if word == "failed" else "odd")


def counted(record: Record) -> list[tuple[Outcome, int]]:
    """The outcomes that occur, each with its number of scenarios."""
    return [(outcome, record.counts[outcome]) for outcome in OUTCOMES if record.counts[outcome]]


def traces_of(record: Record) -> list[Trace]:
    """Each requirement with its evidence; what is tagged in the features and listed nowhere comes last."""
    titles = {document.id: document.title for document in record.documents}
    listed = {requirement.id for requirement in record.requirements}
    tagged = dict.fromkeys(each for scenario in record.scenarios for each in scenario.requirements if each not in listed)
    unknown = tuple(Requirement(each, "Tagged in the features, and listed nowhere.", "", "", "assumed") for each in tagged)
    return [_trace(record, requirement, titles) for requirement in (*record.requirements, *unknown)]


def _trace(record: Record, requirement: Requirement, titles: dict[str, str]) -> Trace:
    about = [scenario for scenario in record.scenarios if requirement.id in scenario.requirements]
    title = titles.get(requirement.document, requirement.document)
    return Trace(
        requirement,
        ", ".join(part for part in (title, requirement.section) if part),
        tuple(scenario for scenario in about if not scenario.twin),
        tuple(_twin_traces(requirement, [scenario for scenario in about if scenario.twin])),
    )


def showings_of(record: Record) -> dict[str, tuple[Showing, ...]]:
    """Where the cause of each twin was seen, by its slug."""
    return {twin.slug: twin.shown for each in record.trace for twin in each.twins}


def _twin_traces(requirement: Requirement, scenarios: Sequence[ScenarioResult]) -> Iterator[TwinTrace]:
    tags = {f"{TWIN_TAG}:{twin.slug}": twin for twin in requirement.twins}
    for tag, twin in tags.items():
        yield TwinTrace(twin, tuple(scenario for scenario in scenarios if tag in scenario.tags))
    if left := [scenario for scenario in scenarios if tags.keys().isdisjoint(scenario.tags)]:
        yield TwinTrace(None, tuple(left))


def chapters_of(record: Record) -> list[Chapter]:
    """The feature files with their scenarios by rule."""
    chapters = []
    for feature in record.features:
        scenarios = tuple(scenario for scenario in record.scenarios if scenario.file == feature.file)
        rules = tuple((rule, tuple(group)) for rule, group in groupby(scenarios, key=lambda scenario: scenario.rule))
        chapters.append(Chapter(feature, rules, scenarios))
    return chapters


def ledger_of(facts: Sequence[Fact]) -> list[tuple[str, list[Fact]]]:
    """The facts by how well they are known, the least known first."""
    return [(word, [fact for fact in facts if fact.provenance == word]) for word in ("assumed", "stated", "quoted")]


def _simulated(scenario: ScenarioResult) -> float:
    began, ended = scenario.simulated
    return round(moment(ended) - moment(began), 3) if began else 0.0


def _of_kinds(entries: Iterable[Entry], kinds: Container[str]) -> list[Entry]:
    return [entry for entry in entries if entry.kind in kinds]


def _compared(entries: Iterable[Entry]) -> list[Entry]:
    """The durations that a scenario's own steps have summed up."""
    return [entry for entry in entries if entry.kind == "duration" and str(entry.data["name"]).startswith(COMPARED)]


def _wires(step: StepResult) -> str:
    """What went over the wires in ``step``, counted for a heading: ``2 commands, 1 API call``; empty if nothing did."""
    kinds = [entry.kind for entry in step.entries]
    counts = [(kinds.count("command"), "command"), (kinds.count("call"), "API call")]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)


def _moment(instant: str) -> str:
    return instant.partition("T")[2].partition(".")[0].rstrip("Z")


TOOLS = {
    "words": comparison_words,
    "accounting": accounting,
    "simulated": _simulated,
    "wires": _wires,
    "of_kinds": _of_kinds,
    "NOTES": NOTES,
    "compared": _compared,
    "draw": draw,
    "table_of": table_of,
    "merged_parts": merged_parts,
    "provenance_of": provenance_of,
    "tally": tally,
    "changes_of": changes_of,
    "events_in": events_in,
    "shown": shown,
    "transcript": transcript,
    "limits": limits,
}
"""What the templates of a page work with."""
