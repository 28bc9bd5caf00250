"""The adapters of a transformers checkpoint: several in one base, one of them at work at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from roleagent.errors import ModelError
from roleagent.models.adapter_check import check_base
from roleagent.models.adapters import Adapter
from roleagent.models.base_shape import shape_of_config
from roleagent.registry import import_extra


class CheckpointAdapters:
    """Puts adapters into a model, each when it is first asked for, and turns one of them on.

    Whoever uses the model holds its lock: the layers are those of the one model for all.

    Args:
        model: the network.
        path_or_id: where it is from.
    """

    def __init__(self, model: Any, path_or_id: str) -> None:  # Any: the library's class
        self._model, self._path_or_id = model, path_or_id
        self._peft_model: Any = None  # Any: an untyped class
        self._names: dict[str, str] = {}  # fingerprint -> peft's name

    @contextmanager
    def using(self, adapter: Adapter | None) -> Iterator[None]:
        """Have the model answer under an adapter, or without any, while the context is open.

        Raises:
            ConfigurationError: the adapter was trained for another base.
            ModelError: it cannot be loaded.
            MissingExtraError: peft is not installed.
        """
        if adapter is not None:
            self._turn_on(adapter)
            yield
        elif self._peft_model is None:
            yield
        else:
            with self._peft_model.disable_adapter():
                yield

    def _turn_on(self, adapter: Adapter) -> None:
        if adapter.fingerprint not in self._names:
            shape, _ = shape_of_config(self._model.config.to_dict(), where=self._path_or_id)
            weights = Path(self._path_or_id) / "model.safetensors"
            check_base(adapter, shape, model=self._path_or_id, weights=weights if weights.is_file() else None)
            name = f"adapter_{len(self._names)}"
            self._load(adapter, name)
            self._names[adapter.fingerprint] = name
        self._peft_model.set_adapter(self._names[adapter.fingerprint])

    def _load(self, adapter: Adapter, name: str) -> None:
        peft = import_extra("peft", extra="train", what="An adapter of a transformers model")
        options = {"adapter_name": name, "is_trainable": False, "autocast_adapter_dtype": False}
        try:
            with without_noise():
                if self._peft_model is None:
                    self._peft_model = peft.PeftModel.from_pretrained(
                        self._model, str(adapter.folder), **options
                    )
                else:
                    self._peft_model.load_adapter(str(adapter.folder), **options)
        except (RuntimeError, ValueError, KeyError, TypeError, OSError) as error:
            raise ModelError(
                f"The adapter {adapter.name!r} in {str(adapter.folder)!r} cannot be put into "
                f"{self._path_or_id!r}: {error}"
            ) from error
        self._peft_model.eval()


@contextmanager
def without_noise() -> Iterator[None]:
    """Hide a warning that peft brings about in transformers 5.23, and that users can do nothing about."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
        yield
