"""Reading the log of a procedure as a program would: line by line, against its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from harness.procedures.log import SCHEMA

VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text()))


def read_log(path: Path) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for event in events:
        VALIDATOR.validate(event)
    return events
