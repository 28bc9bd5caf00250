"""A file of the hub by name as a model: found when it was pulled, and never downloaded by asking for it."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants
from typer.testing import CliRunner

from roleagent import registry, weights
from roleagent.cli.models import app
from roleagent.errors import ConfigurationError, ModelUnavailableError
from roleagent.models.llama_cpp import load_llama_cpp
from roleagent.settings import get_settings

NAME = "hf:ann/m-GGUF:m-Q4_1.gguf"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def offer(tmp_path, monkeypatch):
    """Offers a file on a small imitation of the hub, which serves a folder."""
    root = tmp_path / "hub"
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Quiet(*args, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("ROLEAGENT_MODELS_DIR", str(tmp_path / "models"))
    get_settings.cache_clear()

    def offer(file: Path):
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        lfs = {"sha256": sha256, "size": file.stat().st_size}
        told = {
            "sha": "a" * 40,
            "siblings": [{"rfilename": "m-Q4_1.gguf", "lfs": lfs}],
            "tags": ["license:mit"],
        }
        for path in (
            root / "api/models/ann/m-GGUF",
            root / "ann/m-GGUF/resolve" / ("a" * 40) / "m-Q4_1.gguf",
        ):
            path.parent.mkdir(parents=True)
        (root / "api/models/ann/m-GGUF").write_text(json.dumps(told))
        shutil.copyfile(file, path)

    yield offer
    server.shutdown()
    server.server_close()
    thread.join()
    get_settings.cache_clear()


def run(*arguments):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "150"})


@pytest.fixture
def tiny(tmp_path):
    """A file that begins like a model."""
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF tiny")
    return path


def test_from_the_command_that_pulls_to_the_model(offer, tiny, tmp_path):
    """All four commands, and both ways to write the name."""
    offer(tiny)
    pulled = run("pull", "llama-cpp:hf:ann/m-GGUF:q4_1")
    assert pulled.exit_code == 0, pulled.exception
    assert f"{NAME}: 0 MB, licence mit, commit {'a' * 40}" in pulled.output
    lines = run("list").output.splitlines()
    at = lines.index(NAME)
    assert lines[at + 1].startswith(
        "  0 MB, mit, here. From the hub at commit aaaaaaaaaaaa, as http://127.0.0.1"
    )
    assert run("verify").output == f"{NAME}: sound\n"
    path = tmp_path / "models/_hub/ann/m-GGUF/main/m-Q4_1.gguf"
    assert run("path", NAME).output.strip() == str(path)
    for name in (f"llama-cpp:{NAME}", NAME, "llama-cpp:hf:ann/m-GGUF:Q4_1"):
        registry.check("model", name)
        scheme, argument = registry.split("model", name)
        model = registry.find("model", scheme)(argument)
        assert (model.path, model.model) == (path, argument)


def test_verify_names_a_pulled_file_that_is_damaged_or_gone(offer, tiny, tmp_path):
    """Without being asked for it by name."""
    offer(tiny)
    run("pull", NAME)
    (tmp_path / "models/_hub/ann/m-GGUF/main/m-Q4_1.gguf").unlink()
    result = run("verify")
    assert result.exit_code == 1
    assert result.output.startswith(
        f"{NAME}: m-Q4_1.gguf: missing\n1 of 1 damaged. Run: roleagent models pull {NAME}"
    )


def test_asking_for_a_model_downloads_nothing(offer, tiny, tmp_path):
    """It names the command that does."""
    offer(tiny)
    with pytest.raises(ModelUnavailableError, match=rf"Run: roleagent models pull {NAME}"):
        load_llama_cpp(NAME)
    assert not (tmp_path / "models").exists()


def test_a_name_with_tricks_is_no_path(tmp_path):
    """It ends like a file and is none."""
    with pytest.raises(ConfigurationError, match=r"no name of a model file of the hub"):
        load_llama_cpp("hf:a/b:../../../x.gguf")


@pytest.mark.slow
def test_a_real_model_from_the_hub_talks(smollm, offer):
    """Pulled by name, then loaded by llama.cpp from where it is kept."""
    offer(smollm.path)
    path = weights.pull(NAME)
    model = load_llama_cpp(NAME)
    assert model.path == path != smollm.path
    assert model.bind(max_tokens=8, temperature=0).invoke("Say hello.").text
