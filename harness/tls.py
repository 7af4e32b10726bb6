"""The client's side of TLS towards what shows a certificate that nobody signed, as simulators and appliances do."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def believing_anybody() -> ssl.SSLContext:
    """A context that believes whoever answers. All connections share it: OpenSSL takes a fifth of a handshake to make one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
