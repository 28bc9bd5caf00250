"""The model that training starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleagent import weights
from roleagent.concurrency.openmp import load_torch
from roleagent.errors import ConfigurationError, ModelError, ModelNotFoundError, ModelUnavailableError
from roleagent.language.nearest import nearest
from roleagent.models.base_shape import BaseShape, shape_of_config, shape_of_gguf
from roleagent.models.checkpoint import control_tokens_of
from roleagent.models.control_tokens import ControlTokens
from roleagent.settings import get_settings, without_telemetry
from roleagent.tuning.quiet import without_bars

_GGUF, _CHECKPOINT = "llama-cpp:", "transformers:"
_BROKEN = (ImportError, RuntimeError, ValueError, KeyError, TypeError)  # what transformers raises


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """A model to train. The library types its classes loosely, hence the `Any`.

    Attributes:
        name: as it was asked for, without the prefix of its back end.
        gguf: the GGUF file that it was read from, or None.
        model: the network, on its device.
        processor: turns messages with pictures into tensors; None for a text model.
        tokenizer: has a chat template.
        control_tokens: the tokens that must have no effect within a message's text.
    """

    name: str
    gguf: Path | None
    model: Any
    processor: Any
    tokenizer: Any
    control_tokens: ControlTokens

    @property
    def sees(self) -> bool:
        """Whether it takes pictures."""
        return self.processor is not None


def open_base(name: str, *, device: str = "auto", quantise: bool = False) -> Base:
    """Load a model for training: bfloat16 on a GPU, float32 on a CPU.

    Args:
        name: a language model of the catalogue, ``llama-cpp:FILE.gguf``, or ``transformers:DIRECTORY`` or a
            hub id. A GGUF file is dequantised: what is trained is the model that talks.
        device: ``auto`` takes CUDA if there is a GPU.
        quantise: load the weights in 4 bit for QLoRA (arXiv 2305.14314).

    Raises:
        ConfigurationError: 4 bit without CUDA or from a GGUF file, or no such device.
        ModelNotFoundError: there is no model of that name.
        ModelUnavailableError: the model is not on this machine.
        ModelError: it cannot be loaded, or has no chat template.
    """
    check_base_name(name)
    load_torch()
    import torch

    place = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    is_cuda = _is_cuda(place)
    if quantise:
        _check_four_bit(name, place)
    with without_bars():
        found = gguf_of(name)
        base = _from_gguf(*found) if found else _from_checkpoint(name, place, quantise=quantise)
    if not any(getattr(each, "chat_template", None) for each in (base.processor, base.tokenizer)):
        raise ModelError(
            f"{name!r} has no chat template, so it cannot learn to chat. Take an instruct model."
        )
    if not quantise:
        base.model.to(place, torch.bfloat16 if is_cuda else torch.float32)
    base.model.config.use_cache = False
    return base


def check_base_name(name: str) -> None:
    """Refuse what is neither in the catalogue nor a file, a folder or a hub id, before anything is loaded.

    Raises:
        ModelNotFoundError: there is no model of that name.
    """
    plain = name.removeprefix(_CHECKPOINT).removeprefix(_GGUF)
    if "/" in plain or ":" in plain or plain in weights.entries() or Path(plain).expanduser().exists():
        return
    talking = [each.name for each in weights.entries().values() if each.role == "llm"]
    near = nearest(plain, talking)
    hint = f"Did you mean {near!r}? " if near else ""
    raise ModelNotFoundError(
        f"There is no model {name!r}. {hint}Known: {', '.join(sorted(talking))}; or name a GGUF file, the "
        "folder of a checkpoint, or a hub id (OWNER/NAME)."
    )


def short_name(model: str) -> str:
    """What a model is called at run time, where its adapters are looked for.

    Raises:
        ConfigurationError: a name of the catalogue that is no language model.
        ModelNotFoundError: ``llama-cpp:NAME`` that the catalogue does not have.
        ModelUnavailableError: its GGUF file is not on this machine.
    """
    found = gguf_of(model)
    return found[0] if found else Path(model.removeprefix(_CHECKPOINT)).expanduser().name


def shape_and_weights(base: Base) -> tuple[BaseShape, Path | None]:
    """The shape of a model, and its weights if they are one file at hand."""
    if base.gguf is not None:
        return shape_of_gguf(base.gguf)[0], base.gguf
    weights = Path(base.name) / "model.safetensors"
    shape, _ = shape_of_config(base.model.config.to_dict(), where=base.name)
    return shape, weights if weights.is_file() else None


def gguf_of(name: str) -> tuple[str, Path] | None:
    """The name without its prefix, and the GGUF file that it stands for; None if it stands for none.

    Raises:
        ConfigurationError: a name of the catalogue that is no language model.
        ModelNotFoundError: ``llama-cpp:NAME`` that the catalogue does not have.
        ModelUnavailableError: the file is not on this machine.
    """
    if name.startswith(_CHECKPOINT):
        return None
    plain = name.removeprefix(_GGUF)
    if plain.endswith(".gguf") and not plain.startswith("hf:"):
        path = Path(plain).expanduser()
        if not path.is_file():
            raise ModelUnavailableError(f"{plain!r} is no file. Give the path of a GGUF file.")
        return path.stem, path
    if name.startswith(_GGUF) or plain.startswith("hf:") or plain in weights.entries():
        path = weights.local_path(plain)
        if path.suffix != ".gguf":
            raise ConfigurationError(f"{plain!r} is no language model, so it cannot be trained to chat.")
        return plain, path
    return None


def _from_gguf(name: str, path: Path) -> Base:
    without_telemetry()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"gguf_file": path.name, "local_files_only": True}
    try:
        tokenizer = AutoTokenizer.from_pretrained(path.parent, **where)
        read = _whole(AutoModelForCausalLM, path.parent, dtype=torch.float32, **where)
    except (*_BROKEN, OSError) as error:
        raise ModelError(f"transformers cannot read {str(path)!r}: {error}") from error
    config = read.config
    # A model read from a GGUF file refuses to be saved, so its weights go into one that does not.
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = type(read)(config)
    model.load_state_dict(read.state_dict())
    return Base(
        name=name,
        gguf=path,
        model=model,
        processor=None,
        tokenizer=tokenizer,
        control_tokens=control_tokens_of(tokenizer, tokenizer),
    )


def _from_checkpoint(name: str, place: str, *, quantise: bool) -> Base:
    without_telemetry()
    import torch
    from safetensors import SafetensorError
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForImageTextToText,
        AutoProcessor,
        AutoTokenizer,
        BitsAndBytesConfig,
    )
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    path = Path(name.removeprefix(_CHECKPOINT)).expanduser()
    plain = str(path.absolute() if path.is_dir() else path)
    where = {
        "local_files_only": Path(plain).is_dir() or get_settings().offline,
        "trust_remote_code": False,  # else the library asks at the terminal
    }
    how: dict[str, Any] = {"dtype": torch.float32}
    if quantise:
        four_bit = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
        how = {"quantization_config": four_bit, "device_map": {"": place}}
    try:
        config = AutoConfig.from_pretrained(plain, **where)
        sees = config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
        processor = (AutoProcessor if sees else AutoTokenizer).from_pretrained(plain, **where)
        network = AutoModelForImageTextToText if sees else AutoModelForCausalLM
        model = _whole(network, plain, use_safetensors=True, **how, **where)
    except OSError as error:
        raise ModelUnavailableError(
            f"{plain!r} cannot be opened as a transformers checkpoint with safetensors: {error}"
        ) from error
    except (*_BROKEN, SafetensorError) as error:
        raise ModelError(f"transformers cannot load {plain!r}: {error}") from error
    tokenizer = processor.tokenizer if sees else processor
    return Base(
        name=plain,
        gguf=None,
        model=model,
        processor=processor if sees else None,
        tokenizer=tokenizer,
        control_tokens=control_tokens_of(processor, tokenizer),
    )


def _whole(network: Any, path: str | Path, **how: Any) -> Any:  # Any: the library's classes
    """A model all of whose weights are there; the library would fill in random ones."""
    model, told = network.from_pretrained(path, output_loading_info=True, **how)
    if missing := sorted(told["missing_keys"]):
        raise ValueError(f"it lacks {len(missing)} weights, such as {missing[0]!r}")
    return model


def _is_cuda(place: str) -> bool:
    import torch

    try:
        is_cuda = torch.device(place).type == "cuda"
    except RuntimeError as error:
        raise ConfigurationError(f"There is no device {place!r}: {error}") from error
    if is_cuda and not torch.cuda.is_available():
        raise ConfigurationError(f"There is no CUDA GPU here, so {place!r} cannot be used. Say cpu.")
    return is_cuda


def _check_four_bit(name: str, place: str) -> None:
    import torch

    from roleagent.registry import import_extra

    if torch.device(place).type != "cuda":
        raise ConfigurationError(
            f"4-bit training (QLoRA) needs a CUDA GPU, and {place!r} is none. Train LoRA adapters without it."
        )
    if gguf_of(name):
        raise ConfigurationError(
            f"{name!r} is a GGUF file, which cannot be loaded in 4 bit. Name the model's checkpoint instead: "
            "'transformers:DIRECTORY' or a hub id."
        )
    import_extra("bitsandbytes", extra="qlora", what="4-bit training")
