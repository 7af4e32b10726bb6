"""http.client, which has the headers of each answer read by the parser of mails, made to read plain ones itself.

That parser takes a third of all that an exchange of a few lines costs a client.
"""

from __future__ import annotations

import http.client
import re
from email.message import Message
from io import BytesIO
from typing import IO, Any

PLAIN = re.compile(r"([!-9;-~]+):[ \t]*([^\r\n]*)\r\n")
"""A header on one line, with what the parser of mails takes for its name and its value."""
_parse: Any = http.client.parse_headers
_read: Any = http.client._read_headers  # type: ignore[attr-defined]


def read_plainly() -> None:
    """Have http.client work so from now on, in the whole process; a second time changes nothing."""
    http.client.parse_headers = _parse_headers  # type: ignore[assignment]


def _parse_headers(file: IO[bytes], kind: type[Message] = http.client.HTTPMessage) -> Message:
    """See the library, which reads what is out of the ordinary."""
    lines: list[bytes] = _read(file)
    found = [PLAIN.fullmatch(line.decode("iso-8859-1")) for line in lines[:-1]]
    message = kind()
    for each in found:
        if each is None:
            odd: Message = _parse(BytesIO(b"".join(lines)), kind)
            return odd
        message.set_raw(each[1], each[2])
    return message
