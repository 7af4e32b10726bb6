from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path

import asyncssh
import pytest

import harness.protocols.esxi_shell
from harness.protocols.esxi_shell.transfer import HostFiles

PACKAGE = Path(harness.protocols.esxi_shell.__file__).parent
ALLOWED = {
    "__future__", "asyncio", "asyncssh", "collections", "concurrent", "contextlib", "dataclasses", "datetime", "functools",
    "harness", "hashlib", "itertools", "json", "logging", "operator", "posixpath", "queue", "re", "stat", "threading", "time",
    "types", "typing", "unicodedata",
}  # fmt: skip
FORBIDDEN_CALLS = {"open", "exec", "eval", "compile", "__import__", "input", "breakpoint"}
SOURCES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_can_reach_a_program_or_a_file_of_this_machine(source):
    tree = ast.parse(source.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= ALLOWED
        if isinstance(node, ast.ImportFrom):
            assert node.module
            assert node.module.split(".")[0] in ALLOWED
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "popen", "system"}


def test_asyncssh_is_given_no_door_to_the_disk():
    """Asyncssh can redirect a process to files; nothing here asks it to, and every file operation is replaced."""
    own = {name for name, _ in inspect.getmembers(HostFiles, inspect.isfunction) if name in vars(HostFiles)}
    inherited = {name for name, _ in inspect.getmembers(asyncssh.SFTPServer, inspect.isfunction) if not name.startswith("_")}
    harmless = {"convert_attrs"}
    assert inherited - own == harmless


@pytest.mark.parametrize(
    "line",
    [
        "cat {path}",
        "cat < {path}",
        "head -1 {path}",
        "grep . {path}",
        "sh {path}",
        ". {path}",
        "{path}",
        "echo $(cat {path})",
        "echo `cat {path}`",
        "awk '{{print}}' {path}",
        "sed p {path}",
        "cp {path} /tmp/x && cat /tmp/x",
        "find {path} && cat {path}",
        "md5sum {path}",
        "hexdump -C {path}",
        "cd {parent} && ls",
        "echo {parent}/*.secret",
    ],
)
def test_a_file_of_this_machine_is_not_there(run, tmp_path, line):
    secret = tmp_path / "runner.secret"
    secret.write_text("#!/bin/sh\necho leaked-content\n")
    secret.chmod(0o755)
    result = run(line.format(path=secret, parent=tmp_path))
    assert "leaked" not in result.out + result.err
    assert "runner.secret\n" not in result.out.replace(f"{tmp_path}/*.secret", "")


def test_nothing_is_written_to_this_machine(run, tmp_path):
    for line in (
        "echo x > {0}/a",
        "touch {0}/b",
        "mkdir -p {0}/c",
        "tee {0}/d < /etc/vmware/esx.conf",
        "cp /etc/vmware/esx.conf {0}/e",
    ):
        run(line.format(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "/bin/true", "/usr/bin/env", "python3 -c 'print(1)'", "/usr/bin/python3", "bash -c id", "id", "$(which python3)",
        "busybox sh", "exec id",
        "awk 'BEGIN {system(\"id\")}'", "awk '{print | \"id\"}'", "awk '{print > \"/tmp/x\"}'",
        "sed 's/x/id/e'", "sed 'w /tmp/x'",
        "find / -exec id ';'", "xargs id", "eval id", "time id", "sh -c id", "env id", "printf '%n'",
    ],
)  # fmt: skip
def test_no_program_of_this_machine_runs(run, line):
    started: list[str] = []

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if event in {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork", "os.forkpty", "pty.spawn"}:
            started.append(f"{event} {arguments}")

    _audit(audit)
    result = run(line, stdin="x\n")
    _audit(None)
    assert started == []
    assert "uid=" not in result.out


HOOK: list[object] = []


def _audit(function: object) -> None:
    """Audit hooks stay for ever, so one is installed and led to whoever listens."""
    if not HOOK:
        HOOK.append(None)
        sys.addaudithook(lambda event, arguments: HOOK[0](event, arguments) if callable(HOOK[0]) else None)
    HOOK[0] = function
