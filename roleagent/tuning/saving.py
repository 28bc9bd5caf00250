"""Save what was trained: an adapter with its manifest, or a whole checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.errors import InputError
from roleagent.models.adapters import CONFIG, GGUF, MANIFEST, Adapter, ForPersona, write_manifest
from roleagent.models.adapters import Base as AdapterBase
from roleagent.models.base_shape import shape_of_gguf
from roleagent.models.gguf_adapter import write_gguf_adapter
from roleagent.tuning.bases import shape_and_weights
from roleagent.tuning.shown_paths import as_shown
from roleagent.weights.files import sha256_of

if TYPE_CHECKING:
    from roleagent.tuning.bases import Base
    from roleagent.tuning.training import Trained


def save_adapter(
    trained: Trained,
    base: Base,
    folder: Path,
    *,
    name: str,
    made_by: str,
    persona: ForPersona | None = None,
    languages: Sequence[str] = (),
    strength: float = 1.0,
) -> Adapter:
    """Save a trained adapter: for peft, for llama.cpp if it came from a GGUF file, and with a manifest.

    With a `strength` below 1 it adds less to the base than was learned; see `LoraOptions`.

    Raises:
        InputError: the disk is full.
        ModelError: the adapter cannot be described, or not be turned into a GGUF file.
    """
    from safetensors import SafetensorError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in (MANIFEST, GGUF):  # of an adapter that was there before
            (folder / old).unlink(missing_ok=True)
        trained.model.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)  # peft's own, without any figure
        _weaken(folder / CONFIG, strength)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{folder}: the adapter cannot be written: {error}.") from error
    shape, weights = shape_and_weights(base)
    if base.gguf:
        write_gguf_adapter(folder, folder / GGUF, shape=shape, heads=shape_of_gguf(base.gguf)[1], half=True)
    tie = AdapterBase(
        name=as_shown(base.name),
        file=weights.name if weights else "",
        sha256=sha256_of(weights) if weights else None,
        **shape.model_dump(),
    )
    return write_manifest(
        folder, name=name, base=tie, made_by=made_by, persona=persona, languages=tuple(languages)
    )


def _weaken(path: Path, strength: float) -> None:
    """Scale the alpha in peft's configuration."""
    config = json.loads(path.read_text(encoding="utf-8"))
    config["lora_alpha"] *= strength
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def save_checkpoint(trained: Trained, base: Base, folder: Path) -> None:
    """Save a whole model that was trained without adapters, as `transformers:FOLDER` opens it.

    Raises:
        InputError: the disk is full.
    """
    from safetensors import SafetensorError

    try:
        trained.model.config.use_cache = True
        trained.model.save_pretrained(folder)
        (base.processor or base.tokenizer).save_pretrained(folder)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{folder}: the model cannot be written: {error}.") from error
