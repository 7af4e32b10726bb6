"""The run as Markdown for the summary page of a CI job: verdict, what was certified, accounting, findings, what was left out,
requirements, recovery times.

CI servers cut or refuse what is over 1 MiB, so the tables end before that and say how much is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from harness.report.accounting import by_reason, certified_files, declared, findings, omissions, revision, stopped_at
from harness.report.model import Record
from harness.report.plain_text import SYMBOLS, day, visible
from harness.report.recovery_time import Part, RecoveryTime, merged_parts, provenance_of, recovered, tally
from harness.report.scenario import ScenarioResult
from harness.report.verdict import WORDS
from harness.report.vocabulary import OUTCOMES
from harness.units import number_of, shown_span

LIMIT = 1024 * 1024
"""Bytes that a job summary may have at GitHub (its documentation on workflow commands); other servers allow more."""

ROOM = LIMIT - 4096
LONGEST_REASON = 600
MOST_NAMES = 5
FOLD = "<details><summary>What each is made of, with the provenance of each part</summary>"
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def to_summary(record: Record) -> str:
    """``record`` as GitHub-flavoured Markdown under `LIMIT` bytes; the same record gives the same text."""
    lines: list[str] = []
    size = 0
    for line in _lines(record):
        size += len(line.encode("utf-8")) + 1
        if size > ROOM:
            folded = ["", "</details>", ""] if FOLD in lines else [""]
            return "\n".join([*lines, *folded, "*This summary is cut here: the rest is in index.html and report.json.*", ""])
        lines.append(line)
    return "\n".join([*lines, ""])


def _lines(record: Record) -> Iterator[str]:
    verdict, release = record.verdict, record.release
    yield f"# {_plain(verdict.headline)}"
    yield ""
    if record.title or record.change:
        yield " ".join(f"**{_plain(each)}**" for each in (record.title, record.change) if each)
        yield ""
    products = ", ".join(f"{each.name} {each.version}" for each in release.products)
    yield f"Release **{_plain(release.name)}** ({release.standing}){': ' + _plain(products) if products else ''}"
    yield ""
    yield from (f"- {_plain(reason)}" for reason in verdict.reasons)
    yield from (f"- {_plain(_place(problem.file, problem.line))}{_plain(problem.message)}" for problem in record.problems)
    yield ""
    yield from _counted(record)
    yield from _certified(record)
    yield from _found(record)
    yield from _left_out(record)
    yield from _requirements(record)
    yield from _times(record)
    yield f"Simulated, on {_plain(record.environment.simulator)}; no time in it was achieved on a real site. To repeat it:"
    yield ""
    yield f"    {visible(record.environment.command)}"


def _counted(record: Record) -> Iterator[str]:
    present = [outcome for outcome in OUTCOMES if record.counts[outcome]]
    yield "| Planned | " + " | ".join(f"{SYMBOLS[outcome]} {WORDS[outcome]}" for outcome in present) + " |"
    yield "|---:|" + "---:|" * len(present)
    yield f"| {record.planned} | " + " | ".join(str(record.counts[outcome]) for outcome in present) + " |"
    yield ""


def _certified(record: Record) -> Iterator[str]:
    environment = record.environment
    files = f"{certified_files(environment)} (revision: {revision(environment)}; report.json has the SHA-256 of each)"
    yield f"Looked at: {_plain(files)}. Run on {_plain(day(environment.started))}."
    yield ""


def _found(record: Record) -> Iterator[str]:
    found = findings(record)
    if not found:
        return
    yield "## What was found"
    yield ""
    for group in by_reason(found):
        first, together = group.scenarios[0], len(group.scenarios) > 1
        until = f" ({declared(first)})" if first.declared else ""
        named = f"{SYMBOLS[group.outcome]} **{len(group.scenarios)} scenarios**" if together else _named(first)
        yield f"- {named}: {_plain(WORDS[group.outcome])}{until}  "
        lines = ["" if together else stopped_at(first), *_short(group.reason)]
        yield from (f"  {_plain(line)}  " for line in lines if line)
        yield from (f"  - {_named(each)}" for each in group.scenarios if together)
    yield ""


def _left_out(record: Record) -> Iterator[str]:
    """What the release data or the tag expression left out, by reason."""
    listed = omissions(record.scenarios)
    if not listed:
        return
    yield "## What was not looked at"
    yield ""
    for omission in listed:
        names = [_plain(scenario.name) for scenario in omission.scenarios[:MOST_NAMES]]
        more = len(omission.scenarios) - len(names)
        left = f"{'; '.join(names)}{f' and {more} more' if more > 0 else ''}"
        yield f"- **{WORDS[omission.outcome]}**, {_plain(omission.reason)}: {left}"
    yield ""


def _named(scenario: ScenarioResult) -> str:
    return f"{SYMBOLS[scenario.outcome]} **{_plain(scenario.name)}** ({_plain(scenario.key)})"


def _short(reason: str) -> list[str]:
    return reason[:LONGEST_REASON].splitlines()[:6]


def _requirements(record: Record) -> Iterator[str]:
    if not record.requirements:
        return
    yield "## Requirements"
    yield ""
    yield "| Id | Requirement | Scenarios |"
    yield "|---|---|---|"
    for requirement in record.requirements:
        about = [scenario for scenario in record.scenarios if requirement.id in scenario.requirements]
        yield f"| {requirement.id} | {_plain(requirement.text)} | {_shown(about, requirement.evidence, requirement.absence)} |"
    yield ""


def _times(record: Record) -> Iterator[str]:
    """The simulated recovery times, and folded below them what each is made of."""
    found = recovered(record.scenarios)
    timed = [(scenario, time) for scenario, time in found if time.ended is not None]
    if not found:
        return
    yield "## Recovery times, simulated"
    yield ""
    yield "From the first loss until all that was lost runs again, with its connections. None was achieved on a real site."
    yield ""
    if timed:
        yield from _timed(timed)
    if left := len(found) - len(timed):
        yield f"None in {number_of(left, 'scenario')}, where something that was lost did not come back."
        yield ""


def _timed(timed: Sequence[tuple[ScenarioResult, RecoveryTime]]) -> Iterator[str]:
    yield "| Scenario | In | Lost | Simulated recovery time | Rests on |"
    yield "|---|---|---|---:|---|"
    for scenario, time in timed:
        span = f"{shown_span(time.seconds)}{', to power-on alone' if time.disconnected else ''}"
        yield f"| {_plain(scenario.name)} | {_plain(scenario.key)} | {tally(time.outages)} | {span} | {_rests(time)} |"
    yield ""
    yield FOLD
    yield ""
    for scenario, time in timed:
        yield f"- **{_plain(scenario.name)}** ({_plain(scenario.key)}): {shown_span(time.seconds)}"
        yield from (f"  - {_part(part)}" for part in merged_parts(time.parts))
    yield ""
    yield "</details>"
    yield ""


def _rests(time: RecoveryTime) -> str:
    return ", ".join(f"{shown_span(seconds)} {word or 'untimed'}" for word, seconds in provenance_of(time.parts))


def _part(part: Part) -> str:
    known = f" ({part.provenance}: {_plain(part.source)})" if part.provenance else ""
    return f"{shown_span(part.seconds)} {_plain(part.what)}{known}"


def _shown(about: Iterable[ScenarioResult], evidence: str, absence: str) -> str:
    listed = list(about)
    if listed:
        counts = [(outcome, sum(each.outcome == outcome for each in listed)) for outcome in OUTCOMES]
        return ", ".join(f"{SYMBOLS[outcome]} {count} {WORDS[outcome]}" for outcome, count in counts if count)
    if absence:
        return f"{SYMBOLS['not_applicable']} {_plain(absence)}"
    return "shown by the harness's own tests" if evidence == "tests" else f"{SYMBOLS['not_run']} none"


def _place(file: str, line: int) -> str:
    return f"{file}:{line}: " if file else ""


def _plain(text: str) -> str:
    """``text`` in one line, with what Markdown or HTML would act on made literal."""
    return SPECIAL.sub(r"\\\1", visible(" ".join(text.split())))
