"""An adapter's manifest: what is written is read again, and what is damaged is told with the way out."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from roleagent.errors import ModelError, ModelUnavailableError
from roleagent.models.adapters import (
    CONFIG,
    GGUF,
    MANIFEST,
    WEIGHTS,
    Adapter,
    Base,
    ForPersona,
    read_adapter,
    read_manifest,
    write_manifest,
)

BASE = Base(name="tiny", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
MADE_BY = "roleagent train persona ada"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What peft would save; nothing reads the weights here."""
    (tmp_path / CONFIG).write_text("{}")
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    return tmp_path


def written(folder: Path, **more: object) -> Adapter:
    return write_manifest(folder, name="ada", base=BASE, made_by=MADE_BY, **more)


def changed(folder: Path, **values: object) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**content, **values}))


def test_what_is_written_is_read_again(folder: Path) -> None:
    """All of it, with a hash for each file."""
    (folder / GGUF).write_bytes(b"gguf")
    persona = ForPersona(id="ada", version="0123456789ab")
    made = written(
        folder, persona=persona, languages=["en", "zh"], created=datetime(2026, 5, 1, 12, tzinfo=UTC)
    )
    found = read_adapter(folder)
    assert found == made
    assert (found.name, found.gguf, found.manifest.persona) == ("ada", folder / GGUF, persona)
    assert set(found.manifest.files) == {CONFIG, WEIGHTS, GGUF}
    assert found.manifest.files[WEIGHTS].size == 7
    assert [path.suffix for path in folder.iterdir() if path.suffix == ".part"] == []


def test_the_fingerprint_is_that_of_weights_and_settings(folder: Path, tmp_path: Path) -> None:
    """Not of the name, the place or the GGUF file made from them."""
    first = written(folder).fingerprint
    (folder / GGUF).write_bytes(b"gguf")
    assert written(folder).fingerprint == first
    (folder / CONFIG).write_text('{"r": 4}')
    assert written(folder).fingerprint != first


def test_without_a_gguf_file_there_is_none(folder: Path) -> None:
    """It is then made from the weights."""
    assert written(folder).gguf is None


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (WEIGHTS, b"other!!", "sha256"),
        (WEIGHTS, b"longer than before", "18 bytes instead of 7"),
        (CONFIG, b"[]", "sha256"),
    ],
)
def test_a_changed_file_is_refused(folder: Path, name: str, content: bytes, told: str) -> None:
    """The message has the file and the command."""
    written(folder)
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=told) as caught:
        read_adapter(folder)
    assert name in str(caught.value)
    assert MADE_BY in str(caught.value)


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    """A folder, a manifest, a file."""
    with pytest.raises(ModelUnavailableError, match=r"nowhere' is no adapter: roleagent.json cannot be read"):
        read_adapter(tmp_path / "nowhere")
    with pytest.raises(ModelUnavailableError, match=r"roleagent.json cannot be read"):
        read_adapter(folder)
    written(folder)
    (folder / WEIGHTS).unlink()
    with pytest.raises(ModelUnavailableError, match=r"adapter_model.safetensors' is missing"):
        read_adapter(folder)
    with pytest.raises(ModelUnavailableError, match="Save the adapter there first"):
        written(folder)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"format": 2}, "format: .*A later version of roleagent may have made it"),
        ({"name": "../x"}, "name: "),
        ({"files": {}}, "files lacks 'adapter_config.json'"),
        ({"files": {"run.py": {"size": 1, "sha256": "0" * 64}}}, "files.run.py"),
        ({"base": {"name": "tiny"}}, "base.architecture"),
        ({"unknown": 1}, "unknown"),
        ({"created": "2026-05-01"}, "created"),
    ],
)
def test_a_manifest_that_breaks_the_format_is_refused(folder: Path, values: dict, told: str) -> None:
    """With the place of the first mistake."""
    written(folder)
    changed(folder, **values)
    with pytest.raises(ModelError, match=told) as caught:
        read_manifest(folder)
    assert MANIFEST in str(caught.value)


def test_a_manifest_that_is_no_json_or_huge_is_refused(folder: Path) -> None:
    """Before it is taken apart."""
    (folder / MANIFEST).write_text("{")
    with pytest.raises(ModelError, match="is no manifest of an adapter"):
        read_manifest(folder)
    (folder / MANIFEST).write_text(" " * (2 << 20))
    with pytest.raises(ModelError, match="too large"):
        read_manifest(folder)


def test_a_name_that_is_none_is_refused(folder: Path) -> None:
    """It becomes the name of a folder."""
    with pytest.raises(ModelError, match="cannot be described so: name"):
        write_manifest(folder, name="Ada Lovelace", base=BASE, made_by=MADE_BY)
    assert not (folder / MANIFEST).exists()
