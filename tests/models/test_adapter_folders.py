"""Adapters are found by path and by name, and what is not found is named with what is near."""

import shutil
from pathlib import Path

import pytest

from roleagent.errors import ModelNotFoundError, ModelUnavailableError
from roleagent.models.adapter_folders import adapter_folder, find_adapter, installed_adapters, shipped
from roleagent.models.adapters import CONFIG, MANIFEST, WEIGHTS, Adapter, Base, write_manifest
from roleagent.settings import Settings
from roleagent.weights.files import sha256_of

BASE = Base(name="tiny", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)


def install(folder: Path, name: str = "ada") -> Adapter:
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text("{}")
    (folder / WEIGHTS).write_bytes(str(folder).encode())
    return write_manifest(folder, name=name, base=BASE, made_by="a test")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(models_dir=tmp_path / "models")


def test_a_folder_is_found_by_its_path(tmp_path: Path, settings: Settings) -> None:
    """As text or as a path; whatever base it is used with is checked later."""
    made = install(tmp_path / "mine")
    assert find_adapter(tmp_path / "mine", base="tiny", settings=settings) == made
    assert find_adapter(str(tmp_path / "mine"), base="other", settings=settings) == made
    with pytest.raises(ModelUnavailableError, match="is no adapter"):
        find_adapter(tmp_path / "nowhere", base="tiny", settings=settings)


def test_a_name_is_looked_up_for_the_base(settings: Settings) -> None:
    """Two bases may have an adapter of the same name, and a hub id is a folder, too."""
    of_tiny = install(adapter_folder("ada", base="tiny", settings=settings))
    of_hub = install(adapter_folder("ada", base="Qwen/Qwen3:Q4", settings=settings))
    assert find_adapter("ada", base="tiny", settings=settings) == of_tiny
    assert find_adapter("ada", base="Qwen/Qwen3:Q4", settings=settings) == of_hub
    assert of_hub.folder == settings.models_dir / "_adapters" / "Qwen--Qwen3--Q4" / "ada"


def test_a_shipped_adapter_is_found_unless_there_is_one_of_ones_own(
    tmp_path: Path, settings: Settings
) -> None:
    """Whoever trains one wants to hear it."""
    come_with = install(tmp_path / "shipped" / "tiny" / "ada")
    assert find_adapter("ada", base="tiny", settings=settings, shipped_in=tmp_path / "shipped") == come_with
    own = install(adapter_folder("ada", base="tiny", settings=settings))
    assert find_adapter("ada", base="tiny", settings=settings, shipped_in=tmp_path / "shipped") == own
    assert shipped().parent.name == "models"


def test_an_unknown_name_is_told_with_near_and_known_ones(settings: Settings) -> None:
    """The base is part of it: the adapter may be there for another model."""
    install(adapter_folder("holmes", base="tiny", settings=settings), "holmes")
    install(adapter_folder("ada", base="big", settings=settings))
    with pytest.raises(
        ModelNotFoundError, match=r"'tiny' has no adapter 'holms'. Did you mean 'holmes'\? Known: holmes"
    ):
        find_adapter("holms", base="tiny", settings=settings)
    with pytest.raises(ModelNotFoundError, match=r"There is one for 'big': use that model, or give the path"):
        find_adapter("ada", base="tiny", settings=settings)
    with pytest.raises(ModelNotFoundError, match=r"'x' has no adapter 'y'. Known: none"):
        find_adapter("y", base="x", settings=settings)


def test_the_catalogue_can_have_adapters(tmp_path: Path, settings: Settings) -> None:
    """Pinned by hash and fetched like any other weights."""
    made = install(tmp_path / "made")
    entry = "\n".join(
        f'{{ path = "{name}", size = {(made.folder / name).stat().st_size}, '
        f'sha256 = "{sha256_of(made.folder / name)}" }},'
        for name in (CONFIG, WEIGHTS, MANIFEST)
    )
    settings.models_dir.mkdir()
    (settings.models_dir / "catalog.toml").write_text(
        '[models.ada-tiny]\nrole = "adapter"\nlicence = "MIT"\ndescription = "A test."\nbase = "tiny"\n'
        f'persona = "ada"\nfiles = [{entry}]\nsources = [{{ kind = "path", path = "{made.folder}" }}]\n'
    )
    with pytest.raises(ModelUnavailableError, match="roleagent models pull ada-tiny"):
        find_adapter("ada-tiny", base="tiny", settings=settings)
    with pytest.raises(ModelNotFoundError, match="Known: ada-tiny"):
        find_adapter("ada", base="tiny", settings=settings)
    shutil.copytree(made.folder, settings.models_dir / "ada-tiny")
    found = find_adapter("ada-tiny", base="tiny", settings=settings)
    assert found.folder == settings.models_dir / "ada-tiny"
    assert found.manifest == made.manifest


def test_what_is_installed_is_listed_and_damage_is_logged(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """One broken folder must not hide the others."""
    install(adapter_folder("holmes", base="tiny", settings=settings), "holmes")
    install(adapter_folder("ada", base="tiny", settings=settings))
    install(tmp_path / "shipped" / "tiny" / "ada")
    broken = install(adapter_folder("broken", base="tiny", settings=settings))
    (broken.folder / MANIFEST).write_text("{}")
    listed = installed_adapters(settings, shipped_in=tmp_path / "shipped")
    assert [(folder.name, manifest.name) for folder, manifest in listed] == [
        ("ada", "ada"),
        ("holmes", "holmes"),
    ]
    assert listed[0][0].is_relative_to(settings.models_dir)
    assert "broken" in caplog.text
