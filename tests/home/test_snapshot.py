"""Tests of snapshots: what went out comes in again, once, and nothing that is there is lost to it."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from roleagent.errors import InputError, PersonaFileError, StoreError
from roleagent.formats.load import load_persona
from roleagent.home.snapshot import export_snapshot, import_snapshot
from roleagent.memory.recorded import RecordedMemory
from roleagent.persona.persona import Persona
from roleagent.store import Store
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import (
    STRANGER,
    Attachment,
    Episode,
    Fact,
    GraphUpdate,
    Node,
    Observation,
    Owner,
    Sight,
    Summary,
    Thread,
)

NOW = datetime(2026, 5, 1, 12, 0, 0, 7, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
PERSONA = """
roleagent: 1
id: holmes
name: Sherlock Holmes
summary: You are Sherlock Holmes.
nodes:
  - {id: holmes, type: person, label: Holmes}
  - {id: baker_street, type: place, label: Baker Street}
edges:
  - {source: holmes, relation: lives_in, target: baker_street}
"""


def fact(id_: str = "f1", **changes: Any) -> Fact:
    plain = Fact(
        id=id_,
        subject="ada",
        relation="drinks",
        object="tea",
        text="Ada drinks tea.",
        layer="learned",
        confidence=0.7,
        recorded_at=NOW,
        evidence=("e1",),
        visibility=("watson", "user:ada"),
    )
    return replace(plain, **changes)


def episode(number: int, sight: Sight = STRANGER, owner: Owner = ADA) -> Episode:
    picture = Attachment(id="a", media_type="image/png", path="猫.png", name="猫.png", num_bytes=3)
    seen = Observation(
        kind="transcript", text="猫", source="ears", attachment_id="a", confidence=0.5, span_s=(0.0, 1.5),
        region=(0.0, 0.1, 0.2, 1.0), language="zh",
    )  # fmt: skip
    return Episode(
        id=f"e{number}",
        thread=replace(TALK, owner=owner),
        sight=sight,
        turn_id=f"t{number}",
        speaker="persona" if number % 2 else "user",
        text=f"你好 🐈 {number}",
        at=NOW + timedelta(minutes=number),
        attachments=(picture,) if number == 1 else (),
        speaker_name="Ada" if number == 1 else "",
        observations=(seen,) if number == 1 else (),
        mentions=("tea",) if number == 1 else (),
        importance=0.25 if number == 1 else None,
        lore_state='{"sticky": 1}' if number == 2 else "",
    )


def summary() -> Summary:
    told = Sight(listener="watson", as_of="1887-04")
    return Summary(
        id="s1", thread=TALK, sight=told, level="period", text="他们聊了茶。", sources=("e1", "e2"),
        first_at=NOW, last_at=NOW + timedelta(days=1), made_at=NOW + timedelta(days=2), made_by="extract",
    )  # fmt: skip


@pytest.fixture
def persona(tmp_path: Path) -> Persona:
    path = tmp_path / "holmes.yaml"
    path.write_text(PERSONA, encoding="utf-8")
    return load_persona(path)


@pytest.fixture
def store() -> Iterator[Store]:
    """Two users, facts in several versions, episodes for a listener and at a moment."""
    store = Store(":memory:")
    tea = Node(id="tea", type="artifact", label="Tea", aliases=("茶",))
    told = [
        episode(1),
        episode(2, Sight(listener="watson")),
        episode(3, Sight(as_of="1887-04")),
    ]
    store.commit(ADA, [(each, None) for each in told], GraphUpdate(nodes=(tea,), added=(fact(), fact("f2"))))
    store.commit(ADA, [], GraphUpdate(superseded=(fact(valid_to="2026"),)), now=NOW + timedelta(days=1))
    store.write_summaries(ADA, [summary()])
    bob = replace(ADA, user_id="bob")
    store.commit(
        bob, [(episode(1, owner=bob), None)], GraphUpdate(added=(fact(layer="current", fixed=True),))
    )
    yield store
    store.close()


@pytest.fixture
def empty() -> Iterator[Store]:
    store = Store(":memory:")
    yield store
    store.close()


def content(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_out_in_and_out_again_is_equal(persona: Persona, store: Store, empty: Store, tmp_path: Path) -> None:
    """A copy that differs from what it copies is none."""
    export_snapshot(persona, store, tmp_path / "a.json")
    report = import_snapshot(tmp_path / "a.json", empty)
    export_snapshot(report.persona, empty, tmp_path / "b.json")
    assert content(tmp_path / "a.json") == content(tmp_path / "b.json")
    assert (report.num_users, report.num_nodes, report.num_versions, report.num_episodes) == (2, 1, 4, 4)
    assert (report.num_summaries, report.kept) == (1, ())
    assert empty.summaries(ADA) == (summary(),)
    for user in ("ada", "bob"):
        owner = replace(ADA, user_id=user)
        assert empty.dump(owner) == store.dump(owner)
        assert empty.learned(owner) == store.learned(owner)
        assert empty.versions(owner) == store.versions(owner)


def test_in_twice_changes_nothing(persona: Persona, store: Store, empty: Store, tmp_path: Path) -> None:
    """Nobody remembers whether they did it already."""
    export_snapshot(persona, store, tmp_path / "a.json")
    import_snapshot(tmp_path / "a.json", empty)
    before = empty.dump(ADA)
    report = import_snapshot(tmp_path / "a.json", empty)
    assert (report.num_nodes, report.num_versions, report.num_episodes, report.kept) == (0, 0, 0, ())
    assert empty.dump(ADA) == before


def test_a_snapshot_of_an_older_release_comes_in(
    persona: Persona, store: Store, empty: Store, tmp_path: Path
) -> None:
    """Version 1 knew neither summaries nor who spoke, what was seen, what was named and what mattered."""
    export_snapshot(persona, store, tmp_path / "a.json", user_id="ada")
    old = content(tmp_path / "a.json")
    old["roleagent_snapshot"] = 1
    del old["users"][0]["summaries"]
    for entry in old["users"][0]["episodes"]:
        for name in ("speaker_name", "observations", "mentions", "importance"):
            entry.pop(name, None)
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    import_snapshot(tmp_path / "old.json", empty)
    first, *_ = empty.episodes(ADA)
    assert first == replace(episode(1), speaker_name="", observations=(), mentions=(), importance=None)
    assert empty.summaries(ADA) == ()


def test_a_commit_that_was_replayed_after_moving_changes_nothing(
    persona: Persona, store: Store, empty: Store, tmp_path: Path
) -> None:
    """The names of versions move too."""
    export_snapshot(persona, store, tmp_path / "a.json")
    import_snapshot(tmp_path / "a.json", empty)
    before = empty.dump(ADA)
    empty.commit(ADA, [], GraphUpdate(added=(fact(),), superseded=(fact(valid_to="2026"),)))
    assert empty.dump(ADA) == before


def test_one_users_snapshot_holds_nothing_of_others(persona: Persona, store: Store, tmp_path: Path) -> None:
    """It may be handed to that user."""
    export_snapshot(persona, store, tmp_path / "a.json", user_id="ada")
    assert [user["user_id"] for user in content(tmp_path / "a.json")["users"]] == ["ada"]
    assert "bob" not in (tmp_path / "a.json").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="Nothing is kept of user 'eve' with persona 'holmes'"):
        export_snapshot(persona, store, tmp_path / "b.json", user_id="eve")


def test_a_store_that_stayed_behind_goes_on(
    persona: Persona, store: Store, empty: Store, tmp_path: Path
) -> None:
    """A fact ended after the first copy; the second copy brings its end."""
    export_snapshot(persona, store, tmp_path / "a.json")
    import_snapshot(tmp_path / "a.json", empty)
    store.commit(ADA, [(episode(9), None)], GraphUpdate(superseded=(fact("f2", valid_to="2027"),)))
    export_snapshot(persona, store, tmp_path / "b.json")
    report = import_snapshot(tmp_path / "b.json", empty)
    assert (report.num_versions, report.num_episodes, report.kept) == (1, 1, ())
    assert set(empty.learned(ADA).added) == set(store.learned(ADA).added)
    assert set(empty.versions(ADA)) == set(store.versions(ADA))
    assert import_snapshot(tmp_path / "a.json", empty).num_versions == 0  # the older copy takes nothing back
    assert set(empty.versions(ADA)) == set(store.versions(ADA))


def test_where_two_stories_are_told_the_stores_stands(
    persona: Persona, store: Store, empty: Store, tmp_path: Path
) -> None:
    """Two machines went on by themselves: an import must not bend what one of them believes."""
    export_snapshot(persona, store, tmp_path / "a.json")
    import_snapshot(tmp_path / "a.json", empty)
    store.commit(ADA, [], GraphUpdate(superseded=(fact("f2", valid_to="2027"),)))
    empty.commit(ADA, [], GraphUpdate(superseded=(fact("f2", valid_to="2028"),)))
    before = empty.dump(ADA).versions
    export_snapshot(persona, store, tmp_path / "b.json")
    assert import_snapshot(tmp_path / "b.json", empty).kept == (("ada", "f2"),)
    assert empty.dump(ADA).versions == before


def test_vectors_are_made_anew(persona: Persona, store: Store, empty: Store, tmp_path: Path) -> None:
    """They are not in the file; what was said is found all the same."""
    export_snapshot(persona, store, tmp_path / "a.json")
    import_snapshot(tmp_path / "a.json", empty)
    memory = RecordedMemory(empty, HashEmbedder())
    assert memory.recall("3", ADA, Sight(as_of="1888"), limit=4)[0].id == "e3"


def test_the_file_is_closed_to_other_users_of_the_machine(
    persona: Persona, store: Store, tmp_path: Path
) -> None:
    """It holds what people told a character in confidence."""
    (tmp_path / "a.json").write_text("an older one")
    export_snapshot(persona, store, tmp_path / "a.json")
    assert os.name == "nt" or (tmp_path / "a.json").stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.part"))


# ── the persona's file ───────────────────────────────────────────────────────────────────────────


def test_the_persona_is_written_where_none_is(
    persona: Persona, store: Store, empty: Store, tmp_path: Path
) -> None:
    """On a new machine there is nothing yet."""
    folder = tmp_path / "home" / "personas"
    export_snapshot(persona, store, tmp_path / "a.json")
    report = import_snapshot(tmp_path / "a.json", empty, personas_dir=folder)
    assert report.persona_path == folder / "holmes.yaml"
    assert load_persona(folder / "holmes.yaml") == persona == report.persona
    assert import_snapshot(tmp_path / "a.json", empty, personas_dir=folder).persona_path is None


def test_another_persona_of_the_same_id_is_never_overwritten(
    persona: Persona, store: Store, empty: Store, tmp_path: Path
) -> None:
    """Somebody's own Holmes may be the work of weeks; and his memories are not this one's."""
    folder = tmp_path / "personas"
    folder.mkdir()
    own = PERSONA.replace("Sherlock Holmes.", "Sherlock Holmes, retired.")
    (folder / "holmes.yml").write_text(own, encoding="utf-8")
    export_snapshot(persona, store, tmp_path / "a.json")
    with pytest.raises(InputError, match=r"holds another persona of the id 'holmes'.*Nothing was imported"):
        import_snapshot(tmp_path / "a.json", empty, personas_dir=folder)
    assert (folder / "holmes.yml").read_text(encoding="utf-8") == own
    assert [path.name for path in folder.iterdir()] == ["holmes.yml"]
    assert empty.users("holmes") == []


# ── files that are none ──────────────────────────────────────────────────────────────────────────


def change(path: Path, where: list[Any], value: Any) -> None:
    """Spoil one place of a snapshot."""
    tree = content(path)
    inner = tree
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    path.write_text(json.dumps(tree), encoding="utf-8")


@pytest.mark.parametrize(
    ("where", "value", "complaint"),
    [
        (["roleagent_snapshot"], 4, "roleagent_snapshot: Input should be 1, 2 or 3"),
        (["surprise"], 1, "surprise: Extra inputs"),
        (["users", 0, "versions", 0, "layer"], "rumour", r"users\.0\.versions\.0\.layer: Input should be"),
        (["users", 0, "versions", 0, "confidence"], 7, r"users\.0\.versions\.0\.confidence"),
        (["users", 0, "versions", 0, "recorded_at"], "2026-05-01T12:00:00", "recorded_at"),
        (["users", 0, "versions", 0, "superseded_at"], None, "the fact that stands 'f1' is there twice"),
        (["users", 0, "episodes", 1, "as_of"], "the fall", "'the fall' is not a date"),
        (["users", 0, "episodes", 1, "id"], "e1", "the episode 'e1' is there twice"),
        (["users", 1, "user_id"], "ada", "the user 'ada' is there twice"),
        (["users", 0, "user_id"], " ", r"users\.0\.user_id"),
    ],
)
def test_a_file_that_breaks_the_layout_is_one_clear_error_and_nothing_is_written(
    persona: Persona,
    store: Store,
    empty: Store,
    tmp_path: Path,
    where: list[Any],
    value: Any,
    complaint: str,
) -> None:
    """What comes from elsewhere is checked whole before any of it is believed."""
    export_snapshot(persona, store, tmp_path / "a.json")
    change(tmp_path / "a.json", where, value)
    with pytest.raises(InputError, match=f"a.json.*{complaint}"):
        import_snapshot(tmp_path / "a.json", empty)
    assert empty.users("holmes") == []


def test_a_persona_that_breaks_the_format_is_one_clear_error(
    persona: Persona, store: Store, empty: Store, tmp_path: Path
) -> None:
    """The persona is checked as every persona file is."""
    export_snapshot(persona, store, tmp_path / "a.json")
    change(tmp_path / "a.json", ["persona", "edges", 0, "target"], "nowhere")
    with pytest.raises(PersonaFileError, match="nowhere"):
        import_snapshot(tmp_path / "a.json", empty)
    assert empty.users("holmes") == []


@pytest.mark.parametrize("text", [b"", b"no JSON", b"[" * 100_000, b"\xff\xfe", b"{}"])
def test_a_file_that_is_no_snapshot_is_one_clear_error(empty: Store, tmp_path: Path, text: bytes) -> None:
    """Any file may be dropped here."""
    (tmp_path / "a.json").write_bytes(text)
    with pytest.raises(InputError, match="is no snapshot that this release reads"):
        import_snapshot(tmp_path / "a.json", empty)


def test_too_much_is_refused_on_both_ways(
    persona: Persona, store: Store, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file must not fill the memory of the machine; and what cannot come in must not go out."""
    export_snapshot(persona, store, tmp_path / "a.json")
    monkeypatch.setattr("roleagent.home.snapshot.MAX_BYTES", 1_000)
    with pytest.raises(InputError, match="larger than 1,000 bytes"):
        import_snapshot(tmp_path / "a.json", empty)
    with pytest.raises(InputError, match="export one user at a time"):
        export_snapshot(persona, store, tmp_path / "b.json")
    assert not (tmp_path / "b.json").exists()


def test_a_place_that_cannot_be_read_or_written_is_one_clear_error(
    persona: Persona, store: Store, tmp_path: Path
) -> None:
    """A slip of the hand on the command line."""
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        export_snapshot(persona, store, tmp_path / "nowhere" / "a.json")
    with pytest.raises(StoreError, match="cannot be read: No such file"):
        import_snapshot(tmp_path / "a.json", store)


def test_what_was_learned_is_no_part_of_the_persona(persona: Persona, store: Store, tmp_path: Path) -> None:
    """A persona with a user's facts laid over it would tell them to all users."""
    learned = fact(subject="holmes", object="baker_street", relation="likes", text="Holmes likes it.")
    mixed = replace(persona, graph=persona.graph.with_learned((), (learned,)))
    with pytest.raises(InputError, match="does not fit a file"):
        export_snapshot(mixed, store, tmp_path / "a.json")
