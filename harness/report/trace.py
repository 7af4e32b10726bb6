"""What shows a requirement, and what a requirement shows for a whole: from the documents to the scenarios and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.report.evidence import RequirementTrace, Showing, TwinTrace
from harness.report.model import Requirement, Twin
from harness.report.scenario import Entry, ScenarioResult
from harness.report.tags import TWIN_TAG
from harness.report.vocabulary import OUTCOMES, Outcome, RequirementState

WORST_FIRST: tuple[Outcome, ...] = (
    "failed",
    *(outcome for outcome in OUTCOMES if outcome not in ("failed", "skipped", "passed", "not_applicable", "deselected")),
    "skipped",
    "passed",
    "deselected",
    "not_applicable",
)
LONGEST_LINE = 300


def trace(requirements: Sequence[Requirement], scenarios: Sequence[ScenarioResult]) -> tuple[RequirementTrace, ...]:
    """Each requirement in its order with the scenarios that show it; then those that are only tagged and listed nowhere."""
    listed = {requirement.id: requirement for requirement in requirements}
    tagged = dict.fromkeys(each for scenario in scenarios for each in scenario.requirements)
    about: dict[str, list[ScenarioResult]] = {key: [] for key in (*listed, *tagged)}
    for scenario in scenarios:
        for key in scenario.requirements:
            about[key].append(scenario)
    return tuple(_trace(key, listed.get(key), found) for key, found in about.items())


def state_of(requirement: Requirement | None, scenarios: Sequence[ScenarioResult]) -> RequirementState:
    """The worst that the scenarios of a requirement came to, or why none of them says anything.

    One that is left out for a declared reason says nothing of the others: it counts where there is no other.
    """
    looked_at = [scenario.outcome for scenario in scenarios if not (scenario.outcome == "skipped" and scenario.declared)]
    passed = "passed" in looked_at
    listed = looked_at if passed else [scenario.outcome for scenario in scenarios]
    state = min(listed, key=WORST_FIRST.index, default=None)
    if requirement and requirement.absence and state in (None, "passed", "not_applicable", "deselected"):
        return "not_applicable"
    if state is None:
        return "shown_by_tests" if requirement and requirement.evidence == "tests" else "no_scenario"
    return state


def _trace(key: str, requirement: Requirement | None, scenarios: Sequence[ScenarioResult]) -> RequirementTrace:
    twins = [scenario for scenario in scenarios if scenario.twin]
    return RequirementTrace(
        id=key,
        listed=requirement is not None,
        state=state_of(requirement, scenarios),
        behaviours=tuple(scenario.key for scenario in scenarios if not scenario.twin),
        twins=tuple(_twin_traces(requirement.twins if requirement else (), twins)),
    )


def _twin_traces(documented: Iterable[Twin], scenarios: Sequence[ScenarioResult]) -> Iterator[TwinTrace]:
    tags = {f"{TWIN_TAG}:{twin.slug}": twin for twin in documented}
    for tag, twin in tags.items():
        showing = [scenario for scenario in scenarios if tag in scenario.tags]
        found = tuple(where for scenario in showing if (where := where_shown(twin.cause_name, scenario)))
        yield TwinTrace(twin.slug, tuple(scenario.key for scenario in showing), found)
    if left := [scenario for scenario in scenarios if tags.keys().isdisjoint(scenario.tags)]:
        yield TwinTrace("", tuple(scenario.key for scenario in left), ())


def where_shown(cause: str, scenario: ScenarioResult) -> Showing | None:
    """The last step of ``scenario`` that found ``cause``, and the look it rests on; None if no step that passed names it.

    The look is the command or the call in whose answer the cause stands word for word, with the line: the last one of that step,
    or of those before it if the step did not look itself. Where it stands in none (a state that several answers show together),
    it is the step's last look.
    """
    for number, step in reversed([*enumerate(scenario.steps)]):
        if step.status == "passed" and cause in step.text:
            own = _looks(step.entries)
            looks = own or _looks([entry for earlier in scenario.steps[:number] for entry in earlier.entries])
            named = [(entry, line) for entry in looks if (line := _line_with(cause, entry))]
            entry, line = named[-1] if named else (own[-1], "") if own else (None, "")
            return Showing(scenario.key, step.line, step.text, _place(entry) if entry else "", line[:LONGEST_LINE])
    return None


def _looks(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.kind in ("command", "call")]


def _line_with(cause: str, entry: Entry) -> str:
    said = ("output", "errors") if entry.kind == "command" else ("fault", "answer")
    lines = (line for name in said for line in str(entry.data[name]).splitlines())
    return next((line.strip() for line in lines if cause in line), "")


def _place(entry: Entry) -> str:
    data = entry.data
    if entry.kind == "command":
        return f"{data['host']} # {data['line']}"
    return f"{data['server']}: {data['target']}.{data['method']}"
