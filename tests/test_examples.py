"""Every example runs, offline, as a user would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
SAYS = {
    "01_hello": ["## Reply", "## Facts in mind", "## How"],
    "02_persona_file": ["Tobin went up to the pass", "Shut the door"],
    "03_custom_tool": [],
    "04_streaming": ["[Observed]", "[Recalled]", "ms to write]"],
    "05_see_and_hear": ["[ocr: text:", "[whisper: transcript:"],
    "06_async_app": ["lives in Lewes", "lives in Cambridge", "'episodes': 4"],
    "07_your_own_model": ["I can tell you this:"],
    "08_remember_and_forget": ["['The user lives in Lewes.']", "Receipt of forgetting"],
    "09_langchain_and_langgraph": ["user said: My cat is called Milo.", "The missing violin"],
}


def test_every_example_is_tried():
    """A new example must say what it is expected to print."""
    assert {path.stem for path in EXAMPLES} == set(SAYS)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_runs(path: Path, tmp_path: Path):
    """Examples are the first code a newcomer runs; a broken one loses them."""
    environment = os.environ | {
        "ROLEAGENT_HOME": str(tmp_path),
        "ROLEAGENT_MODEL": "llama-cpp:smollm2-135m",
        "ROLEAGENT_OFFLINE": "1",
    }
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    missing = [text for text in SAYS[path.stem] if text not in done.stdout]
    assert missing == [], done.stdout


def test_examples_are_short():
    """What takes a page is no longer an example."""
    long = [path.name for path in EXAMPLES if len(path.read_text(encoding="utf-8").splitlines()) > 42]
    assert long == []
