"""Importing the package, asking for help and looking at what is kept must stay light."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.cli.home_of_ann import fill

STEPS = """
import json, sys
loaded = {}

def note(name):
    loaded[name] = sorted({each.partition(".")[0] for each in sys.modules})

import roleagent
note("the package")
import roleagent.perception.captioner, roleagent.perception.media, roleagent.perception.nsfw
import roleagent.perception.ocr, roleagent.perception.tagger, roleagent.perception.transcriber
note("the perceptors")
import roleagent.cli.app
note("the command line")

from typer.testing import CliRunner

def run(line):
    done = CliRunner().invoke(roleagent.cli.app.app, line, catch_exceptions=False)
    assert done.exit_code == 0, done.output

memory = ["--home", sys.argv[1]]
run(["models", "list"])
note("models list")
run(["memory", "show", "-p", "mira", "-u", "ann", *memory])
note("memory show")
run(["memory", "stats", *memory])
run(["memory", "forget", "-p", "mira", "-u", "ann", "--everything", "--yes", *memory])
note("memory stats and forget")

import asyncio
from roleagent import Agent, Parts
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import ScriptedModel

model, parts = ScriptedModel(["Indeed.", "…"]), Parts(embedder=HashEmbedder())
with Agent("holmes", model=model, on_disk=False, parts=parts) as agent:
    assert agent.run_sync("Do you play the violin?", user_id="ann").grounds.facts
    asyncio.run(agent.warm_up())
    note("a first turn and warm_up")
print(json.dumps(loaded))
"""
"""One interpreter does one thing after another. What a step loads stays loaded: the lightest come first."""

MODEL_LIBRARIES = {"torch", "transformers", "torch_geometric", "sentence_transformers", "chromadb"}
HEAVY = MODEL_LIBRARIES | {"langgraph", "numpy", "sqlalchemy"}
MUST_NOT_LOAD = {
    "the package": HEAVY | {"pydantic"},
    "the perceptors": HEAVY | {"onnxruntime", "faster_whisper", "rapidocr", "cv2", "langchain_core", "PIL"},
    "the command line": HEAVY,
    "models list": HEAVY | {"httpx", "huggingface_hub"},
    "memory show": MODEL_LIBRARIES | {"langgraph"},
    "memory stats and forget": MODEL_LIBRARIES,
    "a first turn and warm_up": MODEL_LIBRARIES,
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The top-level modules that a fresh interpreter has loaded after each step."""
    home = tmp_path_factory.mktemp("home")
    fill(home)
    environment = os.environ | {"ROLEAGENT_MODELS_DIR": str(home / "models"), "ROLEAGENT_OFFLINE": "1"}
    command = [sys.executable, "-c", STEPS, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return {step: set(names) for step, names in json.loads(done.stdout).items()}


@pytest.mark.parametrize("step", MUST_NOT_LOAD)
def test_nothing_heavy_is_loaded(loaded: dict[str, set[str]], step: str):
    """An app must not pay for models that it does not use yet; help and lists have to answer at once."""
    assert loaded[step] & MUST_NOT_LOAD[step] == set()
    assert "roleagent" in loaded[step]


def test_every_public_name_can_be_imported():
    """A name in __all__ that leads nowhere would break `from roleagent import *`."""
    import roleagent

    assert list(roleagent.__all__) == sorted(roleagent.__all__)
    missing = [name for name in roleagent.__all__ if getattr(roleagent, name, None) is None]
    assert missing == []
