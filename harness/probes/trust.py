"""Whom a client believes to be who it says it is: fingerprints of certificates and host keys, or what this machine trusts."""

from __future__ import annotations

import hashlib
import ssl

import asyncssh

from harness.tls import believing_anybody
from harness.units import Address

ANYBODY = "anybody"
"""Whoever answers is believed: for labs, and for sites that say so."""
KNOWN = "known"
"""This machine decides: its certificate authorities, and the user's ``known_hosts``."""
PINNED = {40: hashlib.sha1, 64: hashlib.sha256}
"""What a thumbprint of a certificate was made with, by its number of hexadecimal digits."""


def tls_context(identity: str, address: Address, limit: float) -> ssl.SSLContext:
    """A context that believes ``identity``: ``ANYBODY``, ``KNOWN``, or the one certificate that has this thumbprint.

    Raises ``ssl.SSLCertVerificationError`` where the server at ``address`` shows another certificate, another ``OSError`` where
    it does not answer within ``limit`` seconds of wall time.
    """
    if identity == KNOWN:
        return ssl.create_default_context()
    if identity == ANYBODY:
        return believing_anybody()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=_certificate(identity, address, limit))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is trusted, whoever signed it
    return context


def _certificate(thumbprint: str, address: Address, limit: float) -> str:
    """The server's certificate, if it is the one meant: from then on connections believe it alone."""
    shown = ssl.get_server_certificate(address, timeout=limit)
    wanted = thumbprint.replace(":", "").lower()
    digest = PINNED[len(wanted)](ssl.PEM_cert_to_DER_cert(shown)).hexdigest()
    if digest != wanted:
        raise ssl.SSLCertVerificationError(ssl.SSL_ERROR_SSL, f"its certificate has the thumbprint {digest}, not {wanted}")
    return shown


class PinnedHost(asyncssh.SSHClient):
    """A client that believes the host whose key has one fingerprint, in the form of ``ssh-keygen -l``."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether it is the key that was meant."""
        return key.get_fingerprint() == self._fingerprint
