"""What works where no extra is installed: a text-only agent on any LangChain model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from roleagent import registry
from roleagent.errors import MissingExtraError
from roleagent.registry import import_extra, is_installed

EXTRAS = (
    "xllamacpp", "faster_whisper", "ctranslate2", "av", "soundfile", "soxr", "rapidocr", "cv2", "rdflib",
    "langchain_openai", "openai", "tiktoken", "langchain_mcp_adapters", "mcp", "psycopg", "psycopg2", "jieba",
)  # fmt: skip
SCRIPT = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())

import roleagent
from pathlib import Path
from typer.testing import CliRunner
from roleagent import Agent, Parts, registry
from roleagent.cli.app import app
from roleagent.errors import MissingExtraError
from roleagent.formats.load import bundled_personas
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import ScriptedModel

assert all(getattr(roleagent, name) for name in roleagent.__all__)
assert CliRunner().invoke(app, ["--help"]).exit_code == 0
assert CliRunner().invoke(app, ["models", "list"]).exit_code == 0
for persona in bundled_personas():
    roleagent.load_persona(persona)
model = ScriptedModel(["Elementary."])
with Agent("holmes", model=model, home=sys.argv[1], parts=Parts(embedder=HashEmbedder())) as agent:
    assert agent.run_sync("How?", user_id="ann").text == "Elementary."
Path(sys.argv[1], "p.ttl").write_text("<urn:a> <urn:b> <urn:c> .")
wanted = {{
    "llama-cpp": lambda: registry.get("model", "llama-cpp:smollm2-135m"),
    "speech": lambda: registry.get("perceptor", "whisper"),
    "ocr": lambda: registry.get("perceptor", "ocr"),
    "openai": lambda: registry.get("model", "openai:m@http://localhost:1/v1"),
    "rdf": lambda: roleagent.convert_persona(Path(sys.argv[1], "p.ttl"), Path(sys.argv[1], "p.yaml")),
}}
for extra, use in wanted.items():
    try:
        use()
    except MissingExtraError as error:
        assert f"pip install 'roleagent[{{extra}}]'" in str(error), str(error)
        continue
    raise AssertionError(extra)
loaded = [name for name in {EXTRAS!r} if name in sys.modules]
assert not loaded, loaded
print("all well")
"""


@pytest.mark.slow
def test_without_extras_everything_else_works_and_each_is_named(tmp_path: Path):
    """The base must carry a text-only agent; what is missing is one command away."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "all well"), done.stderr


def test_the_hub_is_told_nothing_and_importing_changes_nothing():
    """Telemetry goes off with the first named object; an import leaves the environment alone."""
    script = (
        "import os; before = dict(os.environ); import roleagent, roleagent.cli.app\n"
        "assert os.environ == before\n"
        "from roleagent import registry; registry.get('critic', 'role')\n"
        "from huggingface_hub import constants; assert constants.HF_HUB_DISABLE_TELEMETRY"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_library_that_cannot_be_loaded_names_its_extra(monkeypatch: pytest.MonkeyPatch):
    """Whatever the reason, which is told too."""
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtraError, match=r"^A model .* needs 'xllamacpp' .*'roleagent\[llama-cpp\]'$"):
        import_extra("xllamacpp", extra="llama-cpp", what="A model in a GGUF file")
    assert not is_installed("xllamacpp")
    with pytest.raises(MissingExtraError, match=r"openai:MODEL@http"):
        registry.find("model", "llama-cpp")("smollm2-135m")
