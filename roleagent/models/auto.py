"""`auto`: the best language model of the catalogue that is on this machine and fits its memory."""

from __future__ import annotations

import logging
from pathlib import Path

from roleagent import weights
from roleagent.errors import ModelUnavailableError
from roleagent.models.llama_cpp import LlamaCppChat, load_llama_cpp

BEST_FIRST = ("qwen2.5-1.5b", "qwen2.5-0.5b", "smollm2-135m")

_MEMORY_PER_WEIGHT = 1.4  # the file, mapped, and what the engine repacks of it
_MEMORY_BESIDE = 300 * 2**20  # context and work space

_log = logging.getLogger(__name__)


def load_best_model() -> LlamaCppChat:
    """The chat model of ``auto``.

    Raises:
        ModelUnavailableError: no model is on this machine, or none fits into the free memory.
    """
    name = best_model(free_memory())
    _log.info("auto takes %s", name)
    return load_llama_cpp(name)


def best_model(num_free: int | None) -> str:
    """The name of the best model that is here and fits.

    Args:
        num_free: bytes of free memory; None if unknown, and every model counts as fitting.

    Raises:
        ModelUnavailableError: no model is here, or none fits.
    """
    here = [name for name in BEST_FIRST if weights.is_present(name)]
    if not here:
        raise ModelUnavailableError(
            f"No language model is on this machine. Run: roleagent models pull {BEST_FIRST[0]} (or the "
            f"smaller {BEST_FIRST[1]}), or use a model elsewhere: 'openai:MODEL@http://host/v1'."
        )
    for name in here:
        if num_free is None or memory_needed(name) <= num_free:
            return name
    raise ModelUnavailableError(
        f"{here[-1]!r} needs {memory_needed(here[-1]) >> 20} MiB of memory, and {(num_free or 0) >> 20} MiB "
        "are free. Close something, or use a model elsewhere: 'openai:MODEL@http://host/v1'."
    )


def memory_needed(name: str) -> int:
    """Roughly how many bytes of memory a catalogued model needs while it talks."""
    return int(weights.find(name).size * _MEMORY_PER_WEIGHT) + _MEMORY_BESIDE


def free_memory() -> int | None:
    """Bytes available without swapping, within a container's limit; None if the system does not say."""
    limits = [limit for limit in (_machine_free(), _container_free()) if limit is not None]
    return min(limits, default=None)


def _machine_free(file: Path = Path("/proc/meminfo")) -> int | None:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _container_free(folder: Path = Path("/sys/fs/cgroup")) -> int | None:
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = (folder / "memory.current").read_text()
    except OSError:
        return None
    return None if limit == "max" else max(0, int(limit) - int(used))
