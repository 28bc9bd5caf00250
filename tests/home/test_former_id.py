"""Tests of memories that are kept under a former id of their character."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from roleagent import Parts
from roleagent.agent.agent import Agent
from roleagent.formats.load import load_persona
from roleagent.home.home import Home
from roleagent.memory.on_disk import STORE_NAME
from roleagent.persona.identity import plain_id
from roleagent.persona.persona import Persona
from roleagent.store import Store
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import ScriptedModel
from roleagent.types import (
    Owner,
    content_id,
)

EMBEDDER = HashEmbedder()


def card_of(folder: Path, name: str, *, creator: str = "") -> Path:
    data = {"name": name, "description": f"{{{{char}}}} is {name}.", "first_mes": "Hi.", "mes_example": ""}
    path = folder / f"{content_id(name, creator)}.json"
    raw = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**data, "creator": creator}}
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


def talk(home: Path, persona: Any, said: str, **more: Any) -> str:
    """Say something; gives the whole prompt."""
    model = ScriptedModel(["I see."])
    with Agent(
        persona,
        model=model,
        home=home,
        parts=Parts(embedder=EMBEDDER, critics=[], perceptors=[]),
    ) as agent:
        agent.run_sync(said, user_id="dana", **more)
    return "\n".join(str(message.content) for message in model.prompts[-1])


def as_an_earlier_release_left_it(home: Path) -> None:
    with closing(sqlite3.connect(home / STORE_NAME)) as record, record:
        record.execute("UPDATE scopes SET settled = 0")


def old_home(home: Path, card: Path, said: str, **more: Any) -> Persona:
    """A home in which a character was kept under the id that its name had formerly."""
    persona = load_persona(card)
    former = replace(persona, id=plain_id(persona.name))
    talk(home, former, said, **more)
    as_an_earlier_release_left_it(home)
    return former


def test_two_characters_whose_names_share_their_ascii_have_two_memories(tmp_path: Path):
    """The whole talk with one stood in the other's prompt."""
    one, other = card_of(tmp_path, "雷电将军 v2"), card_of(tmp_path, "测试角色 v2")
    talk(tmp_path / "home", one, "My code word is marzipan.")
    assert "marzipan" not in talk(tmp_path / "home", other, "What is my code word?")
    assert "marzipan" in talk(tmp_path / "home", one, "What is my code word?")


@pytest.mark.parametrize(("name", "creator"), [("雷电将军 v2", "qa"), ("Zoë", ""), ("Tilda Marrow", "qa")])
def test_an_old_home_keeps_its_memories(tmp_path: Path, caplog, name, creator):
    """Words, facts and files; and nothing of them stays under the old name."""
    home, card = tmp_path / "home", card_of(tmp_path, name, creator=creator)
    picture = tmp_path / "bicycle.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    former = old_home(home, card, "My code word is marzipan.", attachments=[picture])
    assert former.id != load_persona(card).id
    assert "marzipan" in talk(home, card, "What is my code word?")
    assert "is now under the id" in caplog.text
    with Home(home) as opened:
        (kept,) = opened.stats()
        assert (kept.owner.persona_id, kept.num_media) == (load_persona(card).id, 1)
        shown = opened.memory.export(kept.owner).episodes[0].attachments[0]
        assert Path(shown.path).read_bytes() == picture.read_bytes()
        assert Path(shown.path).parent == opened.media_folder(kept.owner)
        opened.forget(kept.owner)
    assert not [path for path in home.rglob("*") if path.is_file() and b"marzipan" in path.read_bytes()]


def test_mixed_memories_go_to_neither_and_the_way_out_is_told(tmp_path: Path, caplog):
    """Two characters spoke under one id: nobody can part them again."""
    home, one, other = tmp_path / "home", card_of(tmp_path, "雷电将军 v2"), card_of(tmp_path, "测试角色 v2")
    old_home(home, one, "My code word is marzipan.")
    old_home(home, other, "My code word is nougat.")
    for card in (one, other):
        prompt = talk(home, card, "What is my code word?")
        assert "marzipan" not in prompt
        assert "nougat" not in prompt
        way_out = f"roleagent memory move --persona v2 --user dana --to {load_persona(card).id}"
        assert way_out in caplog.text


def test_a_namesake_takes_nothing_from_one_who_has_come_first(tmp_path: Path):
    """The card without a maker keeps its id; one of the same name comes later."""
    home = tmp_path / "home"
    own, newcomer = card_of(tmp_path, "Alice"), card_of(tmp_path, "Alice", creator="bob")
    old_home(home, own, "My code word is marzipan.")
    assert "marzipan" in talk(home, own, "What is my code word?")
    assert "marzipan" not in talk(home, newcomer, "What is my code word?")
    assert "marzipan" in talk(home, own, "What is my code word?")


ROOF = "{{char}} keeps bees on a roof in Lyon, mends clocks at night and fears nothing but the rain."


def described(folder: Path, description: str, *, creator: str = "") -> Path:
    """A card of Zoë's in a file of its own, as its maker publishes one version after another."""
    data = {"name": "Zoë", "description": description, "first_mes": "Hi.", "mes_example": ""}
    path = folder / f"{content_id(description, creator)}.json"
    raw = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**data, "creator": creator}}
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


@pytest.mark.parametrize(("before", "after"), [("", ""), ("qa", "qa"), ("", "qa")])
def test_an_edited_card_keeps_its_memories(tmp_path: Path, before: str, after: str):
    """A typo that was mended must not cost a year of talk; its pictures come along."""
    home, picture = tmp_path / "home", tmp_path / "bicycle.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    first = described(tmp_path, ROOF, creator=before)
    newer = described(tmp_path, ROOF.replace("Lyon,", "Lyons, and") + " She is 40.", creator=after)
    assert load_persona(first).id != load_persona(newer).id
    talk(home, first, "My code word is marzipan.", attachments=[picture])
    assert "marzipan" in talk(home, newer, "What is my code word?")
    with Home(home) as opened:
        (kept,) = opened.stats()
        assert (kept.owner.persona_id, kept.num_media) == (load_persona(newer).id, 1)
    assert "marzipan" in talk(home, first, "What is my code word?")  # whoever goes back finds it, too


@pytest.mark.parametrize("maker", ["", "qa"])
def test_two_cards_of_one_name_have_two_memories(tmp_path: Path, maker: str):
    """The same greeting and maker make no one character of two who are described as different people."""
    home = tmp_path / "home"
    one = described(tmp_path, "{{char}} guards a shrine on a mountain.", creator=maker)
    other = described(tmp_path, "{{char}} repairs bicycles by the canal.", creator=maker)
    talk(home, one, "My code word is marzipan.")
    assert "marzipan" not in talk(home, other, "What is my code word?")
    assert "marzipan" in talk(home, one, "What is my code word?")


def test_anothers_version_of_a_card_takes_nothing(tmp_path: Path):
    """Somebody copied the text under a name of their own."""
    home = tmp_path / "home"
    talk(home, described(tmp_path, ROOF, creator="ann"), "My code word is marzipan.")
    copied = described(tmp_path, ROOF, creator="bob")
    assert "marzipan" not in talk(home, copied, "What is my code word?")


def test_what_a_kill_left_of_following_an_edit_is_done_at_the_next_opening(tmp_path: Path):
    """The record had moved, and the picture had not."""
    home, picture = tmp_path / "home", tmp_path / "bicycle.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    first, newer = described(tmp_path, ROOF), described(tmp_path, ROOF + " She is 40.")
    talk(home, first, "Look.", attachments=[picture])
    old = Owner(persona_id=load_persona(first).id, user_id="dana")
    with closing(Store(home / STORE_NAME)) as store:
        store.move(old, load_persona(newer).id)
    talk(home, newer, "And now?")
    assert not (home / "media" / old.name).exists()
    with Home(home) as opened:
        (kept,) = opened.stats()
        assert kept.num_media == 1


def test_what_a_kill_left_of_a_move_is_done_at_the_next_opening(tmp_path: Path):
    """The record had moved, and the pictures had not."""
    home, card = tmp_path / "home", card_of(tmp_path, "Zoë")
    picture = tmp_path / "bicycle.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    old = Owner(persona_id="zo", user_id="dana")
    old_home(home, card, "Look.", attachments=[picture])
    with closing(Store(home / STORE_NAME)) as store:
        store.move(old, load_persona(card).id)
    talk(home, card, "And now?")
    assert not (home / "media" / old.name).exists()
    with Home(home) as opened:
        (kept,) = opened.stats()
        assert kept.num_media == 1
