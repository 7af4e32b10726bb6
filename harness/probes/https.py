"""Clients of management APIs that are web applications: how they dial, and what it means where nobody answers."""

from __future__ import annotations

import httpx

from harness.patience import Patience
from harness.probes.diary import Diary
from harness.probes.failures import Silence
from harness.probes.place import Access
from harness.probes.ssh import classify
from harness.probes.trust import tls_context

KEPT = 2.0
"""Wall seconds for which a connection is kept that nobody uses: less than any server keeps one."""


def open_client(
    access: Access, url: str, identity: str, diary: Diary | None, auth: httpx.Auth | tuple[str, str] | None = None
) -> httpx.Client:
    """A client that keeps its connection for a moment: httpx looks, before each call, whether the other end has hung up."""
    patience = diary.patience if diary else Patience()
    return httpx.Client(
        base_url=url.rstrip("/"),
        auth=auth,
        verify=tls_context(identity, access.address, patience.dial),
        timeout=httpx.Timeout(patience.call, connect=patience.dial),
        limits=httpx.Limits(max_keepalive_connections=1, keepalive_expiry=KEPT),
        trust_env=False,
    )


def silence_of(error: Exception) -> Silence:
    """How the wire stayed silent. Httpx wraps what the socket or OpenSSL said: the innermost error tells."""
    if isinstance(error, httpx.TimeoutException):
        return "timed out"
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    kind = classify(cause) if isinstance(cause, Exception) else "failed"
    if kind == "failed" and isinstance(error, httpx.NetworkError | httpx.ProtocolError):
        kind = "refused" if isinstance(error, httpx.ConnectError) else "reset"
    return kind
