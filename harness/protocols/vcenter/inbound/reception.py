"""Where the questions of one vCenter come in."""

from __future__ import annotations

from harness.errors import Refusal
from harness.protocols.vcenter.faults import translate
from harness.protocols.vcenter.inbound import (
    availability,
    clock,
    hosts,
    machines,
    nas,
    network,
    registration,
    storage,
    unresolved,
)
from harness.protocols.vcenter.inbound.desk import Desk, Routes
from harness.protocols.vcenter.link import Answer, Proceed, Question

ROUTES: Routes = {
    **hosts.ROUTES,
    **machines.ROUTES,
    **registration.ROUTES,
    **network.ROUTES,
    **storage.ROUTES,
    **nas.ROUTES,
    **unresolved.ROUTES,
    **availability.ROUTES,
    **clock.ROUTES,
}
"""Every method that the world has a say in. All others vcsim answers by itself, or not at all."""


class Reception:
    """Answers questions: finds who is asked, and says refusals as faults."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, question: Question) -> Answer:
        """The answer to a question; ``Proceed`` for a method that the world has no say in."""
        route = ROUTES.get(question.method)
        if route is None:
            return Proceed()
        try:
            return route.handler(self._desk, question)
        except Refusal as refusal:
            return translate(refusal, question.this)
