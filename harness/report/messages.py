"""Cucumber Messages: the run as the NDJSON stream that public Cucumber tools read, one envelope a line.

Documents and pickles are made anew from the text of the features that the record holds, so the stream needs nothing else.
A record knows how long a scenario took, not when it began: here one begins where the one before it ended. What the format has
no word for (not applicable, not run, a broken clean-up) is told by a hook of its own, with the reason as its message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

from gherkin.ast_builder import AstBuilder
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler
from gherkin.stream.id_generator import IdGenerator
from msgspec import json

from harness.report.model import Feature, Record
from harness.report.plain_text import shortened, visible
from harness.report.scenario import Entry, ScenarioResult, StepResult
from harness.report.verdict import WORDS
from harness.report.vocabulary import StepStatus

Envelope: TypeAlias = dict[str, Any]

PROTOCOL = "32.0.0"
"""The version of the messages' schema whose fields are used here; later ones have them too."""

RUN = "run"
HOOK = "outcome"
STATUSES: Mapping[StepStatus, str] = {
    "passed": "PASSED",
    "failed": "FAILED",
    "skipped": "SKIPPED",
    "not_applicable": "SKIPPED",
    "undefined": "UNDEFINED",
    "ambiguous": "AMBIGUOUS",
    "error": "FAILED",
    "timeout": "FAILED",
    "crashed": "FAILED",
    "not_run": "SKIPPED",
}
WIRES = ("command", "call")


def to_messages(record: Record) -> str:
    """``record`` as NDJSON text; scenarios outside the tag expression have a pickle and no test case."""
    encode = json.Encoder().encode
    return b"".join(encode(each) + b"\n" for each in _envelopes(record)).decode("utf-8")


def _envelopes(record: Record) -> Iterator[Envelope]:
    documents, pickles = _compiled(record.features)
    yield {"meta": _meta(record)}
    yield from documents
    yield {"hook": {"id": HOOK, "name": "the scenario's outcome", "sourceReference": {}}}
    began = datetime.fromisoformat(record.environment.started)
    yield {"testRunStarted": {"id": RUN, "timestamp": _stamp(began)}}
    cases = [(scenario, pickles[scenario.key]) for scenario in record.scenarios if _is_listed(scenario, pickles)]
    for number, (scenario, pickle) in enumerate(cases):
        yield from _case(f"case-{number}", scenario, pickle, began)
        began += timedelta(seconds=scenario.wall)
    success = record.verdict.exit_status == 0
    yield {"testRunFinished": {"testRunStartedId": RUN, "success": success, "timestamp": _stamp(began)}}


def _is_listed(scenario: ScenarioResult, pickles: Mapping[str, object]) -> bool:
    return scenario.outcome != "deselected" and scenario.key in pickles


def _meta(record: Record) -> Envelope:
    software = record.environment.software
    return {
        "protocolVersion": PROTOCOL,
        "implementation": {"name": "blackstart", "version": software.get("blackstart", "")},
        "runtime": {"name": "python", "version": software.get("python", "")},
        "os": {"name": record.environment.platform},
        "cpu": {"name": ""},
    }


@lru_cache(maxsize=1)  # the releases of a run have the same
def _compiled(features: tuple[Feature, ...]) -> tuple[Sequence[Envelope], Mapping[str, Mapping[str, Any]]]:
    """The envelopes of ``features``, and their pickles by the keys of scenarios."""
    ids = IdGenerator()
    pickles: dict[str, Mapping[str, Any]] = {}
    return [each for feature in features for each in _documents(feature, ids, pickles)], pickles


def _documents(feature: Feature, ids: IdGenerator, pickles: dict[str, Mapping[str, Any]]) -> Iterator[Envelope]:
    if not feature.source:
        return
    document = {**Parser(AstBuilder(ids)).parse(feature.source), "uri": feature.file}
    yield {"source": {"uri": feature.file, "data": feature.source, "mediaType": "text/x.cucumber.gherkin+plain"}}
    yield {"gherkinDocument": document}
    for pickle in Compiler(ids).compile(document):  # type: ignore[arg-type] # a document with its uri
        pickles[f"{feature.file}:{pickle['location']['line']}"] = pickle
        yield {"pickle": pickle}


def _case(name: str, scenario: ScenarioResult, pickle: Mapping[str, Any], began: datetime) -> Iterator[Envelope]:
    """The envelopes of one scenario: what it consists of, and what became of each step and of the whole."""
    steps = [(f"{name}-{step['id']}", step["id"], result) for step, result in zip(pickle["steps"], scenario.steps, strict=False)]
    parts: list[Envelope] = [{"id": step, "pickleStepId": of, **_definitions(result)} for step, of, result in steps]
    parts.append({"id": f"{name}-end", "hookId": HOOK})
    yield {"testCase": {"id": name, "testRunStartedId": RUN, "pickleId": pickle["id"], "testSteps": parts}}
    attempt, clock, seen = f"{name}-1", began, Seen(scenario)
    started = {"id": attempt, "testCaseId": name, "attempt": 0, "timestamp": _stamp(clock)}
    yield {"testCaseStarted": {**started, "workerId": scenario.worker} if scenario.worker else started}
    for step, _, result in steps:
        place = {"testCaseStartedId": attempt, "testStepId": step}
        yield from _step(place, clock, result.wall, _outcome(result.status, result.error), seen.transcript(result.entries))
        clock += timedelta(seconds=result.wall)
    place = {"testCaseStartedId": attempt, "testStepId": f"{name}-end"}
    yield from _step(place, clock, 0.0, _conclusion(scenario), seen.transcript(scenario.cleanup))
    ended = max(clock, began + timedelta(seconds=scenario.wall))
    yield {"testCaseFinished": {"testCaseStartedId": attempt, "timestamp": _stamp(ended), "willBeRetried": False}}


def _definitions(result: StepResult) -> Envelope:
    """That a step has no definition; which one it has otherwise is not recorded."""
    return {"stepDefinitionIds": []} if result.status == "undefined" else {}


def _step(place: Envelope, began: datetime, wall: float, outcome: Envelope, transcript: str) -> Iterator[Envelope]:
    yield {"testStepStarted": {**place, "timestamp": _stamp(began)}}
    if transcript:
        yield {"attachment": {**place, "body": transcript, "contentEncoding": "IDENTITY", "mediaType": "text/plain"}}
    ended = _stamp(began + timedelta(seconds=wall))
    yield {"testStepFinished": {**place, "testStepResult": {**outcome, "duration": _duration(wall)}, "timestamp": ended}}


def _outcome(status: StepStatus, message: str) -> Envelope:
    return {"status": STATUSES[status], **({"message": visible(message)} if message else {})}


def _conclusion(scenario: ScenarioResult) -> Envelope:
    """What the last hook says: passed, or why the scenario has no better outcome than this."""
    reason = f"{WORDS[scenario.outcome]}: {scenario.reason}" if scenario.reason else WORDS[scenario.outcome]
    if scenario.outcome == "passed":
        return _outcome("passed", "")
    if scenario.outcome == "not_applicable" or (scenario.outcome == "skipped" and scenario.declared):
        return _outcome("skipped", reason)
    told = any(STATUSES[step.status] in ("FAILED", "UNDEFINED", "AMBIGUOUS") for step in scenario.steps)
    return _outcome("skipped" if told and scenario.outcome != "teardown_error" else "failed", reason)


class Seen:
    """What went over the wires in a scenario, as text; where it passed, what it has shown word for word is only counted."""

    def __init__(self, scenario: ScenarioResult) -> None:
        self._lines: set[str] = set()
        self._whole = scenario.outcome != "passed"

    def transcript(self, entries: Iterable[Entry]) -> str:
        """The commands of a step with what they printed, and the calls with their answers."""
        lines = [_line(entry.data, entry.kind) for entry in entries if entry.kind in WIRES]
        shown = lines if self._whole else [line for line in dict.fromkeys(lines) if line not in self._lines]
        self._lines.update(lines)
        again = len(lines) - len(shown)
        return visible("\n".join([*shown, *([f"[{again} more, word for word as before in this scenario]"] if again else [])]))


def _line(data: Mapping[str, str | int | float | bool], kind: str) -> str:
    if kind == "command":
        printed = shortened(f"{data['output']}{data['errors']}".rstrip("\n"))
        return f"{data['host']}# {data['line']}\n" + (f"{printed}\n" if printed else "") + f"[exit status {data['status']}]"
    answer = f"fault {data['fault']}" if data["fault"] else shortened(str(data["answer"]))
    return f"{data['server']}: {data['target']} {data['method']}({data['arguments']}) -> {answer}"


def _stamp(instant: datetime) -> Envelope:
    since = instant - datetime.fromtimestamp(0, UTC)
    return {"seconds": since.days * 86400 + since.seconds, "nanos": since.microseconds * 1000}


def _duration(seconds: float) -> Envelope:
    whole = int(seconds)
    return {"seconds": whole, "nanos": round((seconds - whole) * 1_000_000) * 1000}
