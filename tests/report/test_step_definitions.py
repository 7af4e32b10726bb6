"""A sentence has the step definitions that pytest-bdd finds for it, and each is looked up once."""

from __future__ import annotations

STEPS = '''
import importlib.util, sys
from types import SimpleNamespace
from harness.report.step_definitions import Definitions

def finders(request):
    """pytest-bdd's own function, and what stands in its place in a run."""
    spec = importlib.util.find_spec("pytest_bdd.scenario")
    own = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    ours = sys.modules["pytest_bdd.scenario"].find_fixturedefs_for_step
    assert isinstance(ours.__self__, Definitions)
    return own.find_fixturedefs_for_step, ours

@given(parsers.parse('"{kind}" {text} has {number:d}'))
def _(request, kind, text, number):
    step = SimpleNamespace(type=kind, name=text)
    own, ours = [list(find(step, request._fixturemanager, request.node)) for find in finders(request)]
    assert ours == own
    assert len(ours) == number

@given("it is looked up once")
def _(request):
    step = SimpleNamespace(type="given", name="a lab")
    definitions = finders(request)[1].__self__
    found = [definitions.speaking(step, request._fixturemanager, request.node) for _ in range(2)]
    assert found[0] is found[1]
'''


def test_it_finds_what_pytest_bdd_finds(bench, add_steps):
    add_steps(STEPS)
    bench.scenario(
        'Given "given" a lab has 1',
        'And "when" a lab has 0',
        'And "then" it is very ambiguous has 2',
        'And "then" nobody says this has 0',
        "And it is looked up once",
    )
    record, scenario = bench.only()
    assert [step.error for step in scenario.steps] == [""] * 5
    assert record.counts["passed"] == 1
