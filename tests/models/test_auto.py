"""`auto`: the best model that is here and fits."""

from pathlib import Path

import pytest

from roleagent import weights
from roleagent.errors import ModelUnavailableError
from roleagent.models import auto
from roleagent.models.auto import best_model, free_memory, load_best_model, memory_needed
from roleagent.settings import get_settings
from roleagent.weights.store import note_verified

MIB = 2**20


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of weights."""
    monkeypatch.setenv("ROLEAGENT_MODELS_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def put(models_dir: Path, *names: str) -> None:
    """Lay down files of the right size: holes, which take no room."""
    for name in names:
        entry = weights.find(name)
        for file in entry.files:
            path = models_dir / name / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as hole:
                hole.truncate(file.size)


def test_the_best_that_is_here_is_taken(models_dir: Path) -> None:
    """Better company, as far as it was pulled."""
    put(models_dir, "smollm2-135m", "qwen2.5-0.5b")
    assert best_model(None) == "qwen2.5-0.5b"
    put(models_dir, "qwen2.5-1.5b")
    assert best_model(64_000 * MIB) == "qwen2.5-1.5b"


def test_a_smaller_one_is_taken_where_memory_is_short(models_dir: Path) -> None:
    """A model that swaps is worse than a smaller one."""
    put(models_dir, "smollm2-135m", "qwen2.5-1.5b")
    assert best_model(memory_needed("qwen2.5-1.5b")) == "qwen2.5-1.5b"
    assert best_model(memory_needed("qwen2.5-1.5b") - 1) == "smollm2-135m"


def test_nothing_here_names_the_command(models_dir: Path) -> None:
    """A new user's first error."""
    with pytest.raises(ModelUnavailableError, match=r"Run: roleagent models pull qwen2\.5-1\.5b"):
        load_best_model()


def test_nothing_fits_says_how_much_is_needed(models_dir: Path) -> None:
    """Figures, not a crash of the engine."""
    put(models_dir, "smollm2-135m")
    with pytest.raises(ModelUnavailableError, match=r"needs 431 MiB of memory, and 100 MiB are free"):
        best_model(100 * MIB)


def test_the_chosen_model_is_opened(models_dir: Path) -> None:
    """Opening reads no weights but to compare their hash, so a hole that counts as compared will do."""
    put(models_dir, "smollm2-135m")
    note_verified(weights.find("smollm2-135m"), models_dir / "smollm2-135m")
    model = load_best_model()
    assert (model.model, model.path.parent) == ("smollm2-135m", models_dir / "smollm2-135m")


def test_memory_is_the_smaller_of_machine_and_container(tmp_path: Path) -> None:
    """A container's limit bites long before the machine is full."""
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 4096 kB\nMemAvailable: 1024 kB\n")
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    assert auto._machine_free(meminfo) == 1024 * 1024
    assert auto._container_free(tmp_path) == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert auto._container_free(tmp_path) is None
    assert auto._container_free(tmp_path / "none") is None
    measured = free_memory()
    assert measured is None or measured > 0
