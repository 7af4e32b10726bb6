"""The map tells the truth: what it names exists, and what exists at the top is named."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "harness" / "DESIGN.md").read_text(encoding="utf-8")


def test_every_part_of_the_laboratory_is_on_the_map():
    parts = {p.stem for p in (ROOT / "harness").iterdir() if p.suffix == ".py" or p.is_dir()} - {"__init__", "__pycache__"}
    missing = sorted(part for part in parts if f"{part}" not in MAP)
    assert not missing


def test_every_file_that_the_table_names_exists():
    table = MAP[MAP.index("## 3.") : MAP.index("## 4.")]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    header = [cell.strip(" `/").partition("/")[0].partition("`")[0] for cell in rows[0].split("|")[1:-1]]
    for row in rows[1:]:
        for layer, cell in zip(header, row.split("|")[1:-1], strict=True):
            for name in re.findall(r"`(\w+\.py)`", cell):
                folder = ROOT / "harness" / layer.strip()
                assert (folder / name).exists(), f"{layer}: {name}"


def test_every_file_that_a_page_of_ours_links_to_exists():
    pages = [ROOT / "README.md", ROOT / "features" / "README.md", ROOT / "harness" / "DESIGN.md", *(ROOT / "docs").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))]
    assert (ROOT / "README.md", "docs/report.png") in links
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_no_machine_path_and_no_registry_host_is_written_down():
    forbidden = re.compile(r"(/work/|/root/|proxy\.golang\.org|pypi\.org|registry\.npmjs|docker\.io/[a-z])")
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path != Path(__file__) and path.is_file() and path.suffix not in {".png", ".sum"}:
            found = forbidden.search(path.read_text(encoding="utf-8", errors="ignore"))
            assert not found, f"{name}: {found and found[0]}"
