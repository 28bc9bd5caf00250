"""A transformers checkpoint in memory: opened once for each directory or hub id, device and number format.

A network that the program has made or loaded itself takes part under a name: see `hold_in_memory`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from roleagent.errors import ModelError, ModelUnavailableError
from roleagent.models.checkpoint_adapters import CheckpointAdapters
from roleagent.models.control_tokens import ControlTokens, is_marker, markers_of_template, surviving_joint
from roleagent.settings import get_settings, without_telemetry

if TYPE_CHECKING:
    import torch

    from roleagent.models.adapters import Adapter

Dtype = Literal["auto", "float32", "bfloat16", "float16"]

MEMORY = "memory:"

_checkpoints: dict[tuple[str, str, str], Checkpoint] = {}
_held: dict[str, Checkpoint] = {}
_checkpoints_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """What generation needs. The library types its classes loosely, hence the `Any`.

    Attributes:
        model: the network, in evaluation mode.
        processor: turns messages into tensors: an AutoProcessor, or the tokenizer of a text model.
        tokenizer: turns tokens back into text.
        sees: whether pictures can be part of a message.
        control_tokens: the tokens that must have no effect within a message's text.
        max_tokens: prompt and answer together, or None if the configuration names no limit.
        adapters: those that were asked for so far.
        free: a lock, held while a thread generates.
    """

    model: Any
    processor: Any
    tokenizer: Any
    sees: bool
    control_tokens: ControlTokens
    max_tokens: int | None
    adapters: CheckpointAdapters
    free: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def in_use(self, adapter: Adapter | None) -> Iterator[None]:
        """Hold the lock, with an adapter at work or none."""
        with self.free, self.adapters.using(adapter):
            yield


def shared_checkpoint(path_or_id: str, *, device: str, dtype: Dtype) -> Checkpoint:
    """The checkpoint, loaded at the first call; one held in memory stays on its device and in its format.

    Raises:
        ModelUnavailableError: it is not on this machine and cannot be fetched, or is not held in memory.
        ModelError: it is there, but cannot be loaded or has no chat template.
    """
    key = (path_or_id, device, dtype)
    with _checkpoints_lock:
        if path_or_id.startswith(MEMORY):
            if path_or_id not in _held:
                raise ModelUnavailableError(
                    f"{path_or_id!r}: no such model is held in memory. Call hold_in_memory first."
                )
            return _held[path_or_id]
        if key not in _checkpoints:
            _checkpoints[key] = _load(path_or_id, device=device, dtype=dtype)
        return _checkpoints[key]


def hold_in_memory(name: str, model: Any, processor: Any) -> str:
    """Let `TransformersChat` talk through a network that is in memory already, without writing it to disk.

    Args:
        name: what to call it; a network held under the same name before is let go.
        model: a transformers model that generates; put into evaluation mode, otherwise left as it is.
        processor: its tokenizer, or its processor if it takes pictures; needs a chat template.

    Returns:
        Its name for `TransformersChat(path_or_id=…)`: ``"memory:NAME"``.

    Raises:
        ModelError: the processor has no chat template.
    """
    held_as = MEMORY + name
    checkpoint = _with_template(_checkpoint_of(model, processor, held_as), held_as)
    with _checkpoints_lock:
        _held[held_as] = checkpoint
    return held_as


def release_checkpoint(path_or_id: str) -> None:
    """Forget a checkpoint, on all devices. Its memory is free once no call uses it; unknown names pass."""
    with _checkpoints_lock:
        _held.pop(path_or_id, None)
        for key in [key for key in _checkpoints if key[0] == path_or_id]:
            del _checkpoints[key]


def _load(path_or_id: str, *, device: str, dtype: Dtype) -> Checkpoint:
    try:
        checkpoint = _open(path_or_id, device=device, dtype=dtype)
    except (ImportError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"transformers cannot load {path_or_id!r}: {error}") from error
    except OSError as error:
        raise ModelUnavailableError(
            f"{path_or_id!r} cannot be opened as a transformers checkpoint with safetensors: {error}"
        ) from error
    return _with_template(checkpoint, path_or_id)


def _with_template(checkpoint: Checkpoint, path_or_id: str) -> Checkpoint:
    if not getattr(checkpoint.processor, "chat_template", None):
        raise ModelError(f"{path_or_id!r} has no chat template, so it cannot chat. Take an instruct model.")
    return checkpoint


def _open(path_or_id: str, *, device: str, dtype: Dtype) -> Checkpoint:
    without_telemetry()
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForImageTextToText,
        AutoProcessor,
        AutoTokenizer,
    )

    where = {
        "local_files_only": Path(path_or_id).is_dir() or get_settings().offline,
        "trust_remote_code": False,  # else the library asks at the terminal
    }
    config = AutoConfig.from_pretrained(path_or_id, **where)
    sees = _sees(config)
    processor = (AutoProcessor if sees else AutoTokenizer).from_pretrained(path_or_id, **where)
    place = _device(device)
    network = AutoModelForImageTextToText if sees else AutoModelForCausalLM
    model: torch.nn.Module = network.from_pretrained(
        path_or_id, config=config, dtype=_dtype(dtype, place), use_safetensors=True, **where
    )
    model.to(place)
    return _checkpoint_of(model, processor, path_or_id)


def _sees(config: Any) -> bool:  # Any: the library's configuration, of whatever architecture
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    return config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES


def _checkpoint_of(model: Any, processor: Any, path_or_id: str) -> Checkpoint:
    model.eval()
    sees = _sees(model.config)
    tokenizer = processor.tokenizer if sees else processor
    tokenizer.padding_side = "left"  # so that in every row of a batch the answer follows the prompt at once
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Checkpoint(
        model=model,
        adapters=CheckpointAdapters(model, path_or_id),
        processor=processor,
        tokenizer=tokenizer,
        sees=sees,
        control_tokens=control_tokens_of(processor, tokenizer),
        max_tokens=getattr(model.config.get_text_config(), "max_position_embeddings", None),
    )


def control_tokens_of(processor: Any, tokenizer: Any) -> ControlTokens:
    """What has a special meaning to the tokenizer, the processor or the chat template."""
    added = tokenizer.added_tokens_decoder.values()
    markers = {
        *map(str, tokenizer.all_special_tokens),
        *(str(token) for token in added if token.special or is_marker(str(token))),
        *(str(value) for name, value in vars(processor).items() if name.endswith("_token") and value),
    }
    ids = set(tokenizer.convert_tokens_to_ids(sorted(markers))) - {tokenizer.unk_token_id}

    def still_control(text: str) -> bool:
        return not ids.isdisjoint(tokenizer(text, add_special_tokens=False)["input_ids"])

    joint = surviving_joint(markers, still_control)
    template = getattr(processor, "chat_template", None) or ""
    templates = template.values() if isinstance(template, dict) else [template]
    return ControlTokens(markers.union(*map(markers_of_template, templates)), joint=joint)


def _device(name: str) -> torch.device:
    import torch

    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _dtype(name: Dtype, device: torch.device) -> torch.dtype:
    """bf16 halves memory and time on a GPU; most CPUs are faster in float32."""
    import torch

    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    chosen: torch.dtype = getattr(torch, name)
    return chosen
