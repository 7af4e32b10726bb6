"""Who logs in: users and passwords from the environment, or from a file that nobody else can read. Never from a command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from harness.errors import InputError
from harness.releases.files import Table, read_document
from harness.units import Credentials

OTHERS = 0o077
KEYS = {"user", "password"}


class Logins:
    """The logins of a site by their names. What the environment says goes before what the file says."""

    def __init__(self, file: Path | None, environment: Mapping[str, str] = os.environ) -> None:
        self._file, self._environment = file, environment
        self._read: Mapping[str, Credentials] | None = None

    def of(self, name: str, needed_by: str) -> Credentials:
        """A login. Raises ``InputError`` where there is none, or the file is not kept from others."""
        user, password = (self._environment.get(variable, "") for variable in variables(name))
        if user and password:
            return Credentials(user, password)
        if self._read is None:
            self._read = read_credentials(self._file) if self._file else {}
        if name not in self._read:
            where = f"Give it a table [{name}]" if self._file else "Name a file (mode 0600) as credentials in the site file"
            remedy = f"{where} with user and password, or set {' and '.join(variables(name))}."
            raise InputError(f"login {name!r}", f"{needed_by} needs it, and nothing gives it", remedy, self._file)
        return self._read[name]


def variables(name: str) -> tuple[str, str]:
    """The environment variables of a login: its user's and its password's."""
    stem = f"BLACKSTART_{name.upper().replace('-', '_')}"
    return f"{stem}_USER", f"{stem}_PASSWORD"


def read_credentials(path: Path) -> Mapping[str, Credentials]:
    """The logins in a TOML file, a table with user and password for each.

    Raises ``InputError`` where others may read the file, or for what is not such a file; no message quotes what is in it.
    """
    try:
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        raise InputError("credentials", f"cannot be read: {error.strerror}", file=path) from error
    if mode & OTHERS:
        problem = f"other users of this machine may use it (mode {mode:04o})"
        raise InputError("credentials", problem, f"chmod 600 {path}", path)
    return {name: _login(name, entry, path) for name, entry in read_document(path).items()}


def _login(name: str, entry: object, path: Path) -> Credentials:
    fields = cast("Table", entry) if isinstance(entry, Mapping) else {}
    if fields.keys() != KEYS or not all(isinstance(value, str) for value in fields.values()):
        raise InputError(f"credentials [{name}]", "not a table with a user and a password", 'Both in quotes: user = "..."', path)
    return Credentials(str(fields["user"]), str(fields["password"]))
