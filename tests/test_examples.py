"""Every example runs, offline, as a user would run it."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel

from roleagent import registry
from roleagent.settings import get_settings

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
FIRST, *OTHERS = EXAMPLES
AS_A_PROGRAM = """
import runpy, sys
from roleagent import registry
registry.BUILT_IN["model"]["brief"] = sys.argv.pop(1)
runpy.run_path(sys.argv[1], run_name="__main__")
"""
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
    "10_train_a_character": ["held out.", "held-out loss: "],
    "11_turn_fusion": ["a vector of 32 numbers; log-odds"],
}


def test_every_example_is_tried():
    """A new example must say what it is expected to print."""
    assert {path.stem for path in EXAMPLES} == set(SAYS)


def offline(home: Path) -> dict[str, str]:
    """The settings of a user who has the smallest weights and no network."""
    return {"ROLEAGENT_HOME": str(home), "ROLEAGENT_MODEL": "brief:smollm2-135m", "ROLEAGENT_OFFLINE": "1"}


def brief(name: str) -> BaseChatModel:
    """A model of llama.cpp that says a sentence: the smallest one's ramblings would take most of the time."""
    model: BaseChatModel = registry.find("model", "llama-cpp")(name)
    return model.model_copy(update={"max_tokens": 32})


@pytest.mark.slow
@pytest.mark.timeout(600)  # one of them trains
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_the_example_runs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Examples are the first code a newcomer runs; a broken one loses them. Weights load once."""
    monkeypatch.setitem(registry.BUILT_IN["model"], "brief", f"{__name__}:brief")
    for name, value in offline(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    try:
        runpy.run_path(str(path), run_name="__main__")
    finally:
        get_settings.cache_clear()
    said = capsys.readouterr().out
    assert said.strip()
    assert [text for text in SAYS[path.stem] if text not in said] == [], said


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_first_example_runs_as_a_program(tmp_path: Path):
    """In a process of its own, as a newcomer starts it."""
    done = subprocess.run(
        [sys.executable, "-c", AS_A_PROGRAM, f"{__name__}:brief", str(FIRST)],
        capture_output=True,
        text=True,
        env=os.environ | offline(tmp_path) | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert [text for text in SAYS[FIRST.stem] if text not in done.stdout] == [], done.stdout


def test_examples_are_short():
    """What takes a page is no longer an example."""
    long = [path.name for path in EXAMPLES if len(path.read_text(encoding="utf-8").splitlines()) > 42]
    assert long == []
