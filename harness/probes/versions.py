"""Which version of its API is spoken with a vCenter Server: the newest that pyVmomi knows too, asked for with a limit."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException
from typing import Any, NamedTuple
from xml.etree import ElementTree

from pyVmomi.VmomiSupport import GetServiceVersions, versionIdMap

OLDEST_VERSION = "vim.version.version9"
KNOWN_VERSIONS: list[str] = GetServiceVersions("vim25")
"""Newest first; pyVmomi sorts them anew for whoever asks."""


class Spoken(NamedTuple):
    """What a server last said of itself, its ``ServiceContent``, and the version that was spoken with it."""

    content: Any
    version: str

    @property
    def told(self) -> str:
        """What it called the version of its API."""
        return str(self.content.about.apiVersion)


def speak(adapter: Any, version: str) -> None:  # noqa: ANN401 - pyVmomi makes its types at run time
    """Speak ``version`` from now on, be it older than before or not."""
    del adapter.version
    adapter.ComputeVersionInfo(version)


def dial(adapter: Any, limit: float) -> None:  # noqa: ANN401
    """Connect, in the time that the adapter gives it; then each call gets ``limit`` seconds of wall time."""
    adapter.ReturnConnection(adapter.GetConnection())
    be_patient(adapter, limit)


def newest_version(adapter: Any, limit: float) -> str:  # noqa: ANN401
    """The newest version of the API that pyVmomi and the server share, asked for over the connection on which calls go then.

    Each call gets ``limit`` seconds of wall time. pyVmomi's own negotiation knows no limit.
    """
    connection = adapter.GetConnection()
    connection.request("GET", "/sdk/vimServiceVersions.xml")
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != HTTPStatus.OK:
        raise HTTPException(f"HTTP {answer.status} where the versions of the API belong")
    adapter.ReturnConnection(connection)
    be_patient(adapter, limit)
    offered = {element.text for element in ElementTree.fromstring(text).iter("version")}  # noqa: S314
    return next((version for version in KNOWN_VERSIONS if versionIdMap[version] in offered), OLDEST_VERSION)


def be_patient(adapter: Any, limit: float) -> None:  # noqa: ANN401
    """Give each call that many seconds of wall time: who has answered at once may take longer over a call."""
    adapter.schemeArgs["timeout"] = limit
    for connection, _ in adapter.pool:
        connection.timeout = limit
        if connection.sock:
            connection.sock.settimeout(limit)
