"""Files are converted without overwriting anybody's work, and with their pictures."""

from __future__ import annotations

import base64
import dataclasses
import json

import pytest

from roleagent.errors import InputError, StoreError
from roleagent.formats.format import Report
from roleagent.formats.load import bundled_personas, load_persona
from roleagent.formats.save import (
    MAX_ASSET_BYTES,
    asset_bytes,
    assets_inlined,
    convert_persona,
    write_persona,
)
from roleagent.persona.persona import Asset
from roleagent.settings import get_settings
from tests.formats.kinds import NOTATIONS, PICTURES

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
ICON = Asset(
    kind="icon", name="../Main!", ext="png", uri="data:image/png;base64," + base64.b64encode(PICTURE).decode()
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of the test's own, with a folder for personas."""
    monkeypatch.setenv("ROLEAGENT_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    (tmp_path / "home" / "personas").mkdir(parents=True)
    yield tmp_path / "home"
    get_settings.cache_clear()


@pytest.fixture
def pictured(small):
    """A persona with a picture of five kilobytes."""
    return dataclasses.replace(load_persona(small), assets=(ICON,))


@pytest.mark.parametrize("name", bundled_personas())
@pytest.mark.parametrize("to", NOTATIONS)
def test_any_format_of_ours_holds_everything(name, to, tmp_path):
    """And says so."""
    report = convert_persona(name, tmp_path, to=to)
    (path,) = tmp_path.iterdir()
    assert path.stem == name
    assert load_persona(path) == load_persona(name)
    assert list(report.lines()) == []


@pytest.mark.parametrize("to", PICTURES)
def test_a_view_says_that_it_cannot_be_read_back(to, small, tmp_path):
    """One must not throw the source away."""
    report = convert_persona(small, tmp_path / "out", to=to)
    assert report.lost_fields == ("the persona",)


def test_the_suffix_tells_the_format_and_a_name_overrules_it(small, tmp_path):
    """Several formats are JSON or PNG."""
    convert_persona(small, tmp_path / "a.graphml")
    assert (tmp_path / "a.graphml").read_text().startswith("<?xml")
    convert_persona(small, tmp_path / "a.txt", to="yaml")
    assert (tmp_path / "a.txt").read_text().startswith("roleagent: 1")


@pytest.mark.parametrize(
    ("target", "to", "message"),
    [
        ("a.toml", None, r"no format ends in '\.toml'\. Name a format \(in Python `to`, in a shell --to\)"),
        ("a.yaml", "yml", r"'yml' is no format\. Did you mean 'yaml'\? Known: "),
        ("a.yaml", "graphml", "would be read as yaml: give graphml another suffix"),
    ],
)
def test_a_format_that_is_not_known_is_named(small, tmp_path, target, to, message):
    """With the way out."""
    with pytest.raises(InputError, match=message):
        convert_persona(small, tmp_path / target, to=to)
    assert list(tmp_path.glob("a.*")) == []


def test_an_existing_file_is_overwritten_only_by_force(small, tmp_path):
    """It may be the only copy."""
    (tmp_path / "out.json").write_text("mine")
    with pytest.raises(InputError, match=r"'.*out\.json' is there already"):
        convert_persona(small, tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text() == "mine"
    convert_persona(small, tmp_path / "out.json", force=True)
    assert load_persona(tmp_path / "out.json") == load_persona(small)


def test_another_character_in_the_personas_folder_is_never_overwritten(home, small):
    """Memories go by the id: the newcomer would remember the other's life."""
    folder = home / "personas"
    convert_persona(small, folder / "ada.yaml")
    other = dataclasses.replace(load_persona(small), name="Ada the Second")
    for target in ("ada.yaml", "ada.json", "second.yaml"):
        with pytest.raises(
            InputError, match=r"holds 'Ada Lovelace' under the id 'ada': give 'Ada the Second'"
        ):
            write_persona(other, folder / target, force=True, report=Report())
    assert [path.name for path in folder.iterdir()] == ["ada.yaml"]


def test_a_new_version_of_the_same_character_may_take_its_place(home, small):
    """By force, as anywhere."""
    target = home / "personas" / "ada.yaml"
    convert_persona(small, target)
    newer = dataclasses.replace(load_persona(small), greeting="Good day.")
    write_persona(newer, target, force=True, report=Report())
    assert load_persona("ada").greeting == "Good day."


def test_a_folder_that_is_not_there_is_an_error_and_nothing_is_left_behind(small, tmp_path):
    """No half of a file."""
    with pytest.raises(StoreError, match="cannot be written"):
        convert_persona(small, tmp_path / "no" / "out.json")
    assert not (tmp_path / "no").exists()


# ── assets ──


def test_a_large_picture_lies_beside_the_file(pictured, tmp_path):
    """Fifty thousand letters of base64 help nobody who edits YAML."""
    path = write_persona(pictured, tmp_path / "pic.yaml", report=Report())
    persona = load_persona(path)
    assert persona.assets[0].uri == "pic.assets/0-icon-main.png"
    assert (tmp_path / "pic.assets" / "0-icon-main.png").read_bytes() == PICTURE
    assert asset_bytes(persona, persona.assets[0]) == PICTURE


def test_it_is_in_the_file_again_where_the_file_can_hold_it(pictured, tmp_path):
    """And nothing was lost between."""
    path = write_persona(pictured, tmp_path / "pic.yaml", report=Report())
    assert assets_inlined(load_persona(path), Report()).assets == pictured.assets
    convert_persona(path, tmp_path / "other.json")
    assert load_persona(tmp_path / "other.json").assets[0].uri == "other.assets/0-icon-main.png"


def test_a_small_picture_stays_in_the_file(pictured, tmp_path):
    """One file is easier to send than two."""
    dot = dataclasses.replace(ICON, uri="data:image/png;base64,AAAA")
    path = write_persona(dataclasses.replace(pictured, assets=(dot,)), tmp_path / "pic.yaml", report=Report())
    assert load_persona(path).assets == (dot,)
    assert not (tmp_path / "pic.assets").exists()


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.png",
        "pic.assets/../secret.png",
        "pic.assets/../../secret.png",
        "/etc/passwd",
        "secret.png",
        "pic.assets/link.png",
        "pic.assets\\secret.png",
        "pic.assets/folder",
        "pic.assets/missing.png",
        "pic.assets/" + "x" * 300,
        "pic.assets",
        "https://example.com/a.png",
    ],
)
def test_nothing_outside_the_folder_is_ever_read(pictured, tmp_path, uri):
    """A stranger's file names what it likes."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "pic.assets" / "folder").mkdir(parents=True)
    (tmp_path / "pic.assets" / "link.png").symlink_to(tmp_path / "secret.png")
    asset = dataclasses.replace(ICON, uri=uri)
    persona = dataclasses.replace(pictured, assets=(asset,), source=str(tmp_path / "pic.yaml"))
    assert asset_bytes(persona, asset) is None
    assert assets_inlined(persona, Report()).assets == (asset,)


def test_a_link_in_place_of_the_folder_leads_nowhere(pictured, tmp_path):
    """Archives can hold links."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.png").write_bytes(b"secret")
    (tmp_path / "pic.assets").symlink_to(tmp_path / "elsewhere")
    asset = dataclasses.replace(ICON, uri="pic.assets/a.png")
    persona = dataclasses.replace(pictured, assets=(asset,), source=str(tmp_path / "pic.yaml"))
    assert asset_bytes(persona, asset) is None


def test_a_picture_that_is_too_large_is_left_and_named(pictured, tmp_path):
    """No file eats the memory."""
    (tmp_path / "pic.assets").mkdir()
    with (tmp_path / "pic.assets" / "a.png").open("wb") as file:
        file.truncate(MAX_ASSET_BYTES + 1)
    asset = dataclasses.replace(ICON, uri="pic.assets/a.png")
    persona = dataclasses.replace(pictured, assets=(asset,), source=str(tmp_path / "pic.yaml"))
    report = Report()
    assert assets_inlined(persona, report).assets == (asset,)
    assert [note.field for note in report.notes] == ["assets[0].uri"]


def test_another_files_picture_is_not_overwritten(pictured, tmp_path):
    """Two files of one stem share a folder."""
    (tmp_path / "pic.assets").mkdir()
    (tmp_path / "pic.assets" / "0-icon-main.png").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"0-icon-main\.png' is there already"):
        write_persona(pictured, tmp_path / "pic.yaml", report=Report())
    assert not (tmp_path / "pic.yaml").exists()
    assert (tmp_path / "pic.assets" / "0-icon-main.png").read_bytes() == b"mine"


def test_a_persona_may_be_kept_in_two_formats_beside_each_other(pictured, tmp_path):
    """With one and the same picture."""
    path = write_persona(pictured, tmp_path / "pic.yaml", report=Report())
    assert convert_persona(path, tmp_path / "pic.ttl").is_lossless
    assert load_persona(tmp_path / "pic.ttl") == load_persona(path)


def test_a_picture_goes_from_a_card_into_a_folder_and_back(tmp_path):
    """To the byte: people's pictures are their work."""
    from PIL import Image

    Image.effect_noise((80, 80), 50).save(tmp_path / "noise.png")
    uri = "data:image/png;base64," + base64.b64encode((tmp_path / "noise.png").read_bytes()).decode()
    icon = dataclasses.replace(ICON, name="main", uri=uri)
    persona = dataclasses.replace(load_persona("mira"), assets=(icon,))
    write_persona(persona, tmp_path / "card.png", report=Report())
    convert_persona(tmp_path / "card.png", tmp_path / "edit.yaml")
    assert [path.name for path in (tmp_path / "edit.assets").iterdir()] == ["0-icon-main.png"]
    convert_persona(tmp_path / "edit.yaml", tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "card.png").read_bytes()


def test_the_report_of_a_foreign_source_is_in_the_report(tmp_path):
    """What was odd on reading is as good to know as what is lost on writing."""
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada", "tags": "maths"}}
    (tmp_path / "card.json").write_text(json.dumps(card))
    report = convert_persona(tmp_path / "card.json", tmp_path / "ada.yaml")
    assert any("tags" in note.field for note in report.notes)


SECRET = """roleagent: 1
id: spy
name: Ann
summary: You are Ann, a florist. Your true trade is the Zinnia cipher.
nodes:
  - {id: spy, type: person, label: Ann}
  - {id: cipher, type: skill, label: the Zinnia cipher}
edges:
  - {source: spy, relation: likes, value: roses}
  - {source: spy, relation: skilled_in, target: cipher, visibility: secret}
"""


@pytest.mark.parametrize("name", ["spy.png", "spy.yaml", "spy.byaf", "spy.ttl"])
def test_a_public_file_tells_no_secret(tmp_path, name):
    """It is made to be given away: neither the fields nor the copy that travels along may tell."""
    source = tmp_path / "secret.yaml"
    source.write_text(SECRET, encoding="utf-8")
    convert_persona(source, tmp_path / name, public=True)
    made = load_persona(tmp_path / name)
    assert "zinnia" not in repr(made).casefold()
    assert "zinnia" not in repr(dict(made.graph.nodes)).casefold()
    assert [fact.object for fact in made.graph.facts.values()] == ["literal:roses"]


def test_a_public_file_does_not_hold_the_file_it_came_from(tmp_path):
    """The kept JSON of another program tells what the persona's texts no longer do."""
    source = tmp_path / "secret.yaml"
    source.write_text(f"{SECRET}extensions: {{other: '[\"the Zinnia cipher\"]'}}\n", encoding="utf-8")
    report = convert_persona(source, tmp_path / "spy.json", public=True)
    assert "Zinnia" not in (tmp_path / "spy.json").read_text(encoding="utf-8")
    assert "extensions.other" in report.lost_fields


def test_secrets_that_travel_in_another_programs_file_are_named(tmp_path):
    """Other programs know of no secrets; whoever gives the file away should."""
    source = tmp_path / "secret.yaml"
    source.write_text(SECRET, encoding="utf-8")
    report = convert_persona(source, tmp_path / "spy.png")
    assert "secret spy.skilled_in.cipher" in [note.field for note in report.notes]
