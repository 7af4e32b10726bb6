"""What an operator tries, knowing that it may not be done: every time it must fail, and the reason is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.errors import BlackstartError, InputError, LabError
from harness.probes.failures import Unknown, Unmet
from harness.probes.operator import Operator

DONE = "it was done"


class Attempts:
    """Acts that are tried, and why they were not done."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def make(self, act: Callable[[], object]) -> None:
        """Try it, and write down how it ended. Raises what says that it could not be tried: a broken lab, a name of nothing."""
        try:
            act()
        except (InputError, LabError, Unknown):
            raise
        except BlackstartError as error:
            self._operator.notes.attempts.append(str(error))
        else:
            self._operator.notes.attempts.append(DONE)

    def make_on_each(self, hosts: Sequence[str], act: Callable[[str], object]) -> None:
        """Try it on each of these hosts."""
        for host in hosts:
            self.make(lambda host=host: act(host))  # type: ignore[misc]

    def check_failed(self, reason: str) -> None:
        """Something was tried, and each time it was not done, for a reason that holds ``reason``."""
        made = self._operator.notes.attempts
        if not made or any(reason not in said for said in made):
            raise Unmet("what was tried", f"a failure each time: {reason}", [("the operator", "; ".join(made) or "nothing")])
