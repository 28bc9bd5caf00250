"""A trained adapter around its base, to be trained further."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roleagent.errors import InputError, ModelError
from roleagent.models.adapter_check import check_base
from roleagent.models.adapters import CONFIG, MANIFEST, WEIGHTS, check_config, read_adapter
from roleagent.registry import import_extra
from roleagent.tuning.bases import Base, shape_and_weights
from roleagent.tuning.quiet import without_notices


def opened_adapter(base: Base, folder: Path) -> Any:  # Any: peft's model
    """The base with the weights of an adapter, which are to be trained.

    Raises:
        InputError: the folder holds no adapter, or one that is not in safetensors.
        ConfigurationError: its manifest names another base.
        ModelError: it is damaged, no LoRA, or does not fit the base.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise InputError(f"{str(folder)!r} holds no adapter: {name} is missing.")
    check_config(folder)
    if (folder / MANIFEST).is_file():
        shape, weights = shape_and_weights(base)
        check_base(read_adapter(folder), shape, model=base.name, weights=weights)
    peft = import_extra("peft", extra="train", what="Training an adapter further")
    try:
        with without_notices():
            return peft.PeftModel.from_pretrained(base.model, str(folder), is_trainable=True)
    except Exception as error:  # peft raises whatever the broken part does
        raise ModelError(
            f"The adapter in {str(folder)!r} cannot be opened over {base.name!r}: {error}. "
            "Name the base that it was trained for."
        ) from error
