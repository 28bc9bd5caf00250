"""The package's own face."""

from __future__ import annotations

from roleagent import weights


def test_pull_brings_a_model_and_gives_the_path_to_load(settings, catalogue, described, told, tmp_path):
    """The one call a user's program needs."""
    catalogue(mine={"files": described({"m.gguf": b"mmm"}), "main": "m.gguf"})
    (tmp_path / "download.gguf").write_bytes(b"mmm")
    path = weights.pull("mine", from_path=tmp_path / "download.gguf", progress=told, settings=settings)
    assert path == weights.local_path("mine", settings) == settings.models_dir / "mine" / "m.gguf"
    assert path.read_bytes() == b"mmm"
    assert told.events[-1].done == 3


def test_every_public_name_is_there():
    """`__all__` promises nothing that is missing."""
    assert all(hasattr(weights, name) for name in weights.__all__)
