"""An adapter is refused with another base and another persona."""

import logging
from pathlib import Path

import pytest

from roleagent.errors import ConfigurationError
from roleagent.models import adapter_check
from roleagent.models.adapter_check import check_base, check_persona, hash_of
from roleagent.models.adapters import CONFIG, WEIGHTS, Adapter, Base, ForPersona, write_manifest
from roleagent.models.base_shape import BaseShape
from roleagent.settings import get_settings
from roleagent.weights.files import sha256_of

SHAPE = BaseShape(architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
ADA = ForPersona(id="ada", version="0123456789ab")


@pytest.fixture
def make(tmp_path: Path):
    """Makes adapters whose manifests say what a test wants."""

    def made(*, persona: ForPersona | None = ADA, languages: tuple = (), **base: object) -> Adapter:
        (tmp_path / CONFIG).write_text("{}")
        (tmp_path / WEIGHTS).write_bytes(b"")
        return write_manifest(
            tmp_path,
            name="ada",
            base=Base(name="tiny", **{**SHAPE.model_dump(), **base}),
            persona=persona,
            languages=languages,
            made_by="roleagent train persona ada",
        )

    return made


def test_the_base_it_was_trained_for_is_accepted(make, tmp_path: Path) -> None:
    """By shape alone, and by the bytes of its file."""
    weights = tmp_path / "base.gguf"
    weights.write_bytes(b"base")
    check_base(make(), SHAPE, model="tiny", weights=weights)
    check_base(make(file="base.gguf", sha256=sha256_of(weights)), SHAPE, model="tiny", weights=weights)


def test_another_shape_is_refused_with_what_differs(make) -> None:
    """Its matrices would not fit, or fit by accident."""
    with pytest.raises(
        ConfigurationError,
        match=r"'ada' does not fit 'other': it is for 'tiny', with hidden_size 64 instead of 32, vocab",
    ) as caught:
        check_base(make(hidden_size=64, vocab_size=9), SHAPE, model="other", weights=None)
    assert "roleagent train persona ada" in str(caught.value)


def test_other_bytes_are_refused_if_the_files_are_of_one_kind(make, tmp_path: Path) -> None:
    """Two models of the same shape are two models; a checkpoint has no hash in common with a GGUF file."""
    weights = tmp_path / "other.gguf"
    weights.write_bytes(b"other")
    of_gguf = make(file="base.gguf", sha256="0" * 64)
    with pytest.raises(
        ConfigurationError, match=r"other weights than .*other.gguf.*'base.gguf', sha256 0000"
    ):
        check_base(of_gguf, SHAPE, model="tiny", weights=weights)
    check_base(make(file="model.safetensors", sha256="0" * 64), SHAPE, model="tiny", weights=weights)
    check_base(of_gguf, SHAPE, model="tiny", weights=None)


def test_a_file_is_hashed_once_and_again_when_it_changes(tmp_path: Path, monkeypatch) -> None:
    """A base may have gigabytes."""
    monkeypatch.setenv("ROLEAGENT_MODELS_DIR", str(tmp_path / "models"))
    get_settings.cache_clear()
    read = []
    monkeypatch.setattr(adapter_check, "sha256_of", lambda path: read.append(path) or sha256_of(path))
    file = tmp_path / "base.gguf"
    file.write_bytes(b"one")
    assert hash_of(file) == hash_of(file) == sha256_of(file)
    assert len(read) == 1
    file.write_bytes(b"other")
    assert hash_of(file) == sha256_of(file)
    assert len(read) == 2
    get_settings.cache_clear()


def test_the_persona_it_was_trained_for_is_accepted(make) -> None:
    """And anybody, if it is for anybody."""
    check_persona(make(), ADA)
    check_persona(make(persona=None), ADA)


def test_another_persona_is_refused(make) -> None:
    """Its voice would be somebody else's."""
    with pytest.raises(ConfigurationError, match="trained for the persona 'ada', not for 'eve'"):
        check_persona(make(), ForPersona(id="eve", version=ADA.version))


def test_another_version_is_refused_with_both_and_the_command(make) -> None:
    """What it learned may no longer be true."""
    with pytest.raises(ConfigurationError) as caught:
        check_persona(make(), ForPersona(id="ada", version="ba9876543210"))
    for told in ("0123456789ab", "ba9876543210", "again: roleagent train persona ada"):
        assert told in str(caught.value)


def test_a_language_it_was_not_trained_in_is_logged(make, caplog: pytest.LogCaptureFixture) -> None:
    """It may help there all the same."""
    with caplog.at_level(logging.WARNING):
        check_persona(make(languages=("en",)), ADA, language="en")
        check_persona(make(), ADA, language="zh")
        assert caplog.messages == []
        check_persona(make(languages=("en",)), ADA, language="zh")
    assert caplog.messages == ["The adapter 'ada' was trained in en, and the persona speaks zh"]
