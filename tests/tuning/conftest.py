"""Tiny models for the tests of training, built once a run. Tests that train build their own."""

from __future__ import annotations

import pytest

from roleagent.tuning.bases import Base
from tests.tuning.tiny_models import tiny_llama, tiny_qwen2


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """A tiny Llama; not to be changed."""
    return tiny_llama(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def qwen2(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """A tiny Qwen2; not to be changed."""
    return tiny_qwen2(tmp_path_factory.mktemp("qwen2"))
