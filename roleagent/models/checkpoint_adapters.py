"""The adapters of a transformers checkpoint: several in one base, one of them at work at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from roleagent.errors import ModelError
from roleagent.models.adapter_check import check_base
from roleagent.models.adapters import Adapter, check_config
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
        elif not self._names:
            yield
        else:
            with self._peft_model.disable_adapter():
                yield

    def _turn_on(self, adapter: Adapter) -> None:
        shape, _ = shape_of_config(self._model.config.to_dict(), where=self._path_or_id)
        weights = Path(self._path_or_id) / "model.safetensors"
        check_base(adapter, shape, model=self._path_or_id, weights=weights if weights.is_file() else None)
        if adapter.fingerprint not in self._names:
            name = f"adapter_{len(self._names)}"
            self._load(adapter, name)
            self._names[adapter.fingerprint] = name
        self._peft_model.set_adapter(self._names[adapter.fingerprint])

    def _load(self, adapter: Adapter, name: str) -> None:
        """Put an adapter into the model; if that fails, nothing of it stays there."""
        peft = import_extra("peft", extra="train", what="An adapter of a transformers model")
        check_config(adapter.folder)
        folder = str(adapter.folder)
        try:
            with without_noise():
                if self._peft_model is None:
                    config = peft.PeftConfig.from_pretrained(folder)
                    self._peft_model = peft.PeftModel(
                        self._model, config, adapter_name=name, autocast_adapter_dtype=False
                    )
                self._peft_model.load_adapter(folder, adapter_name=name, autocast_adapter_dtype=False)
        except (RuntimeError, ValueError, KeyError, TypeError, OSError) as error:
            self._forget(name)
            reason = str(error).strip().splitlines()
            raise ModelError(
                f"The adapter {adapter.name!r} in {folder!r} cannot be put into {self._path_or_id!r}: "
                f"{' '.join(reason[:2])}"
            ) from error
        self._peft_model.eval()

    def _forget(self, name: str) -> None:
        if self._peft_model is None:
            vars(self._model).pop("peft_config", None)
        elif name in self._peft_model.peft_config:
            self._peft_model.delete_adapter(name)


@contextmanager
def without_noise() -> Iterator[None]:
    """Hide a warning that peft brings about in transformers 5.23, and that users can do nothing about."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
        yield
