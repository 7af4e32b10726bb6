"""Time as clients are told it."""

from __future__ import annotations

from harness.protocols.vcenter.inbound.desk import Desk, Route, Routes
from harness.protocols.vcenter.link import Answer, Question, Results


def current_time(desk: Desk, _question: Question) -> Answer:
    """CurrentTime: simulated time."""
    return Results(desk.gateway.now)


ROUTES: Routes = {"CurrentTime": Route("call", current_time)}
