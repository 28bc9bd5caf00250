"""A transformers checkpoint in memory: opened once for each directory or hub id, device and number format."""

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

_checkpoints: dict[tuple[str, str, str], Checkpoint] = {}
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
    """The checkpoint, loaded at the first call.

    Raises:
        ModelUnavailableError: it is not on this machine and cannot be fetched.
        ModelError: it is there, but cannot be loaded or has no chat template.
    """
    key = (path_or_id, device, dtype)
    with _checkpoints_lock:
        if key not in _checkpoints:
            _checkpoints[key] = _load(path_or_id, device=device, dtype=dtype)
        return _checkpoints[key]


def _load(path_or_id: str, *, device: str, dtype: Dtype) -> Checkpoint:
    try:
        checkpoint = _open(path_or_id, device=device, dtype=dtype)
    except (ImportError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"transformers cannot load {path_or_id!r}: {error}") from error
    except OSError as error:
        raise ModelUnavailableError(
            f"{path_or_id!r} cannot be opened as a transformers checkpoint with safetensors: {error}"
        ) from error
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
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    where = {"local_files_only": Path(path_or_id).is_dir() or get_settings().offline}
    config = AutoConfig.from_pretrained(path_or_id, **where)
    sees = config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    processor = (AutoProcessor if sees else AutoTokenizer).from_pretrained(path_or_id, **where)
    tokenizer = processor.tokenizer if sees else processor
    tokenizer.padding_side = "left"  # so that in every row of a batch the answer follows the prompt at once
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    place = _device(device)
    network = AutoModelForImageTextToText if sees else AutoModelForCausalLM
    model: torch.nn.Module = network.from_pretrained(
        path_or_id, config=config, dtype=_dtype(dtype, place), use_safetensors=True, **where
    )
    model.to(place)
    model.eval()
    return Checkpoint(
        model=model,
        adapters=CheckpointAdapters(model, path_or_id),
        processor=processor,
        tokenizer=tokenizer,
        sees=sees,
        control_tokens=_control_tokens(processor, tokenizer),
        max_tokens=getattr(config.get_text_config(), "max_position_embeddings", None),
    )


def _control_tokens(processor: Any, tokenizer: Any) -> ControlTokens:
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
