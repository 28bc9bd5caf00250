"""Keeps the libraries that train from talking to the user: roleagent tells of the training itself."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from logging import ERROR
from typing import Any


@contextmanager
def without_bars() -> Iterator[None]:
    """No progress bars of transformers, also not while it reads a GGUF file."""
    from transformers.utils import logging

    gguf: Any = importlib.import_module("transformers.modeling_gguf_pytorch_utils")  # has a bar of its own
    shown, bar = logging.is_progress_bar_enabled(), gguf.tqdm
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    gguf.tqdm = partial(bar, disable=True)
    try:
        yield
    finally:
        gguf.tqdm = bar
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def without_notices() -> Iterator[None]:
    """No bars, and neither notices of what works nor warnings that a name goes with the next version."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity(ERROR)
    try:
        with without_bars(), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logging.set_verbosity(verbosity)
