"""Paramiko as a client of simulated hosts."""

from __future__ import annotations

import paramiko

from harness.patience import STUCK

PASSWORD = "VMware1!"
LIMITS = {"timeout": STUCK, "banner_timeout": STUCK, "auth_timeout": STUCK}
"""Paramiko's own ones are for a machine with time."""


def connect(port: int) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect("127.0.0.1", port, "root", PASSWORD, allow_agent=False, look_for_keys=False, **LIMITS)
    return client


def read_until(channel: paramiko.Channel, wanted: str) -> str:
    channel.settimeout(STUCK)
    seen = ""
    while wanted not in seen:
        piece = channel.recv(4096).decode()
        assert piece, f"closed after {seen!r}"
        seen += piece.replace("\r\n", "\n")
    return seen
