"""How the wires of all probes tell their silence."""

from __future__ import annotations

import ssl

import asyncssh

from harness.probes.failures import Silence


def classify(error: Exception) -> Silence:
    """Which kind of silence an error of a wire is."""
    kinds: tuple[tuple[type[Exception], Silence], ...] = (
        (ConnectionRefusedError, "refused"),
        (TimeoutError, "timed out"),
        (asyncssh.PermissionDenied, "denied"),
        (asyncssh.HostKeyNotVerifiable, "distrusted"),
        (ssl.SSLCertVerificationError, "distrusted"),
        (ConnectionError, "reset"),
        (asyncssh.ConnectionLost, "reset"),
        (asyncssh.DisconnectError, "reset"),
    )
    return next((silence for kind, silence in kinds if isinstance(error, kind)), "failed")
