"""The way of a turn through the files, as docs/architecture.md tells it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import FrameType

from tests.agent.ada import USER, make_agent

ROOT = Path(__file__).parents[2]


async def test_a_plain_turn_passes_the_files_that_the_architecture_page_lists():
    """A newcomer follows a turn with this table in hand, and it must not send them astray."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \d+ \| `(\w+/\w+\.py)` \|", page, re.MULTILINE)
    agent, _ = make_agent("I live in London.", "Do come.")
    await agent.run("Where do you live?", **USER)  # opens everything
    passed = set[str]()

    def note(frame: FrameType, *_: object) -> None:
        path = Path(frame.f_code.co_filename)
        if path.parent.name in ("agent", "workflow") and path.parents[1] == ROOT / "roleagent":
            passed.add(f"{path.parent.name}/{path.name}")

    sys.setprofile(note)
    try:
        await agent.run("May I visit?", **USER)
    finally:
        sys.setprofile(None)
    assert passed - {"workflow/state.py"} == set(listed)
