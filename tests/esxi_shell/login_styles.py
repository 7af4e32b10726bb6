"""How releases greet and prompt, for hosts in memory: words of public logins."""

from __future__ import annotations

from collections.abc import Mapping

from harness.protocols.esxi_shell.login import LoginStyle
from harness.protocols.esxi_shell.texts import Text

_TAIL = (
    "The ESXi Shell can be disabled by an administrative user. See the\nvSphere Security documentation for more information.\n"
)
_HEAD = "The time and date of this login have been sent to the system logs.\n\n"
_TOOLS = (
    "VMware offers supported, powerful system administration tools.  Please\nsee www.vmware.com/go/sysadmintools for details.\n\n"
)
_WARNING = (
    "WARNING:\n"
    "   All commands run on the ESXi shell are logged and may be included in\n"
    "   support bundles. Do not provide passwords directly on the command line.\n"
    "   Most tools can prompt for secrets or accept them from standard input.\n\n"
)
_AUTOMATION = "VMware offers powerful and supported automation tools. Please\nsee https://developer.vmware.com for details.\n\n"

_OF_5 = Text("shell.motd", _HEAD + _TOOLS + _TAIL, "quoted", "public transcripts of ESXi 5.x logins")
_OF_6 = Text("shell.motd", _HEAD + _TOOLS + _TAIL, "quoted", "public transcript of an ESXi 6.0 login")
_BETWEEN = Text("shell.motd", _HEAD + _TOOLS + _TAIL, "assumed", "the greeting of 6.0 taken as unchanged")
_OF_9 = Text("shell.motd", _HEAD + _WARNING + _AUTOMATION + _TAIL, "quoted", "public transcript of an ESXi 9.0.0 login")

_STYLE_5 = LoginStyle("path", _OF_5, size_suffixes="kMGT", totals=False)
_STYLE_BETWEEN = LoginStyle("bracket", _BETWEEN)

LOGIN_STYLES: Mapping[str, LoginStyle] = {
    **dict.fromkeys(("5.0", "5.1", "5.5"), _STYLE_5),
    "6.0": LoginStyle("bracket", _OF_6),
    **dict.fromkeys(("6.5", "6.7", "7.0", "8.0"), _STYLE_BETWEEN),
    "9.0": LoginStyle("bracket", _OF_9),
}
"""By product version. ``ls -l`` without a total line and ``ls -h`` with a small k are those of 5.0's public listings
(quoted); their later forms are assumed."""
