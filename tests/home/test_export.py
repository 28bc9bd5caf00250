"""Tests of the export: a person gets all that is kept of them, and nothing of others."""

from __future__ import annotations

import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.home.home import Home
from roleagent.store.items import ItemChange
from tests.home.canaries import (
    NOW,
    PLANTED,
    birds_of,
    owner_of,
)


@pytest.mark.parametrize("name", ["ada", "ada.zip"])
def test_a_person_gets_all_that_is_kept_of_them_and_nothing_of_others(folder: Path, name: str) -> None:
    """Every canary of hers in words she can read, her pictures byte for byte, and no canary of his."""
    birds, to = birds_of(folder), folder.parent / "out" / name
    with closing(Home(folder)) as home:
        home.memory.store.items.write(  # type: ignore[attr-defined]  # it is a OnDiskMemory
            owner_of("ada"), [ItemChange(namespace=("n",), key="k", value={"item": "canaryitem"})], now=NOW
        )
        document = home.export_to(to, "ada")
        assert json.loads(json.dumps(document)) == document
        with pytest.raises(InputError, match="there already"):
            home.export_to(to, "ada")
    if name.endswith(".zip"):
        with zipfile.ZipFile(to) as archive:
            archive.extractall(to.with_suffix(""))
    else:
        assert to.stat().st_mode & 0o077 == 0
    read = folder.parent / "out" / "ada"
    data, files = (read / "export.json").read_text("utf-8"), sorted((read / "files").iterdir())
    for bird in birds["ada"]:
        told = PLANTED - {"bytes"}
        assert {place for place in told if bird.word(place) in data} == told
    assert "canaryitem" in data
    assert "canarybob" not in data
    assert [path.read_text() for path in files] == [bird.word("bytes") for bird in birds["ada"]]
    assert "last_states" in (read / "README.txt").read_text("utf-8")
    (holmes,) = document["personas"]
    shown = [one["file"] for talk in holmes["conversations"] for m in talk["messages"] for one in m["shown"]]
    assert shown == [f"files/{path.name}" for path in files]


def test_one_personas_part_is_handed_over_alone(folder: Path) -> None:
    """An agent speaks for its own persona only."""
    with closing(Home(folder)) as home:
        assert home.export("ada", persona_id="watson")["personas"][0]["conversations"] == []
        assert [each["persona_id"] for each in home.export("ada")["personas"]] == ["holmes"]
        assert home.export("nobody")["personas"] == []
