"""Another program's file is read, kept, mended and written, and what is lost is named."""

from __future__ import annotations

import dataclasses
import json
from typing import ClassVar

import pytest

from roleagent.formats import convert
from roleagent.formats.convert import bytes_in, mapped, normal
from roleagent.formats.format import Archive, Format, Report
from roleagent.formats.load import load_persona
from roleagent.formats.save import save_persona
from roleagent.formats.values import as_table, dump_json, parse_json, table_of, text_of, texts_of
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.as_document import persona_document
from roleagent.persona.build import build_persona
from roleagent.persona.identity import plain_id
from roleagent.persona.persona import Persona
from roleagent.persona.problems import ReadError
from roleagent.types import Fact, Node


class PlainFake:
    """A flat format: a name, a description, a greeting and some likes; no place for anything else."""

    NAME = "plain-fake"
    SCHEMA = "plain_fake"
    EXTENSION_PATH: tuple[str, ...] = ()

    def recognises(self, data, raw):
        return isinstance(raw, dict) and "char" in raw

    def unpack(self, data, report):
        raw = parse_json(data)
        if not isinstance(raw, dict):
            raise ReadError("it is no table", (1, 1))
        return Archive(raw=raw)

    def pack(self, archive, report):
        return dump_json(archive.raw).encode()

    def to_document(self, archive, report):
        raw = archive.raw
        name = text_of(raw, "char", "", report) or "Nobody"
        node = plain_id(name)
        likes = texts_of(raw, "likes", "", report)
        return {
            "roleagent": 1,
            "id": node,
            "name": name,
            "summary": text_of(raw, "description", "", report) or f"You are {name}.",
            **({"greeting": hello} if (hello := text_of(raw, "hello", "", report)) else {}),
            "nodes": [{"id": node, "type": "person", "label": name}],
            "edges": [{"source": node, "relation": "likes", "value": like} for like in dict.fromkeys(likes)],
        }

    def from_document(self, document, report):
        liked = [edge for edge in document.get("edges", []) if edge["relation"] == "likes"]
        return Archive(
            raw={
                "char": document["name"],
                "description": document["summary"],
                "hello": document.get("greeting", ""),
                "likes": [edge["value"] for edge in liked if "value" in edge],
            }
        )

    def base_from(self, originals):
        found = originals.get("roomy_fake")
        return found["data"] if found else None


class RoomyFake(PlainFake):
    """The same with a place where other programs may keep what is theirs."""

    NAME = "roomy-fake"
    SCHEMA = "roomy_fake"
    EXTENSION_PATH: ClassVar[tuple[str, ...]] = ("data", "extensions")

    def to_document(self, archive, report):
        return super().to_document(Archive(raw=table_of(archive.raw, "data", "", report)), report)

    def from_document(self, document, report):
        return Archive(raw={"data": {**super().from_document(document, report).raw, "extensions": {}}})

    def base_from(self, originals):
        found = originals.get("plain_fake")
        return {"data": {**found, "extensions": {}}} if found else None


PLAIN, ROOMY = (mapped(layout, about="a fake") for layout in (PlainFake(), RoomyFake()))
FAKES = [PLAIN, ROOMY]


def raw_of(fake: Format, **more: object) -> dict[str, object]:
    """A file of a fake format with fields that nobody maps."""
    flat = {"mood": "odd", "char": "Ada", "description": "You are Ada.", "hello": " Hi ", "likes": ["maths"]}
    flat |= more
    return flat if fake is PLAIN else {"data": flat | {"extensions": {"other": {"a": [1]}}}, "v": 2}


def read(fake: Format, raw: object, report: Report | None = None) -> Persona:
    """The persona that a file of a fake format stands for."""
    document = fake.read(json.dumps(raw).encode(), report or Report())
    return build_persona(as_table(document), source="")


def written(fake: Format, persona: Persona) -> tuple[object, Report]:
    """What a persona is as a file of a fake format, and the report."""
    report = Report()
    return json.loads(bytes_in(persona, fake, report)), report


@pytest.mark.parametrize("fake", FAKES)
def test_a_file_that_was_only_read_is_written_as_it_was(fake):
    """With the fields that nobody maps, and the blanks that a persona has not."""
    raw = raw_of(fake)
    assert written(fake, read(fake, raw))[0] == raw


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("suffix", ["yaml", "json", "graphml"])
def test_it_comes_back_from_a_file_of_ours_as_well(fake, suffix, tmp_path):
    """One imports today and exports next month."""
    raw, path = raw_of(fake), tmp_path / f"ada.{suffix}"
    save_persona(read(fake, raw), path)
    back, report = written(fake, load_persona(path))
    assert back == raw
    assert report.is_lossless


@pytest.mark.parametrize("fake", FAKES)
def test_an_edit_is_written_and_nothing_else_changes(fake):
    """The name is new; the mood and the blanks around the greeting are the other program's."""
    persona = dataclasses.replace(read(fake, raw_of(fake)), name="Ada Lovelace")
    flat = written(fake, persona)[0]
    flat = flat["data"] if fake is ROOMY else flat
    assert (flat["char"], flat["mood"], flat["hello"]) == ("Ada Lovelace", "odd", " Hi ")


def test_a_persona_travels_whole_where_there_is_a_place_for_it(small):
    """A card goes to the other program and comes home with its graph."""
    persona = load_persona(small)
    raw, report = written(ROOMY, persona)
    assert report.is_lossless
    assert read(ROOMY, raw) == persona


def test_what_another_program_changed_comes_home_with_the_persona(small):
    """It knows its own fields only, and those it may edit."""
    persona = load_persona(small)
    raw, _ = written(ROOMY, persona)
    raw["data"]["hello"] = "Good day."
    raw["data"]["likes"].append("tea")
    raw["data"]["extensions"]["other"] = 1
    home = read(ROOMY, raw)
    assert home.greeting == "Good day."
    assert home.graph.facts.keys() == {*persona.graph.facts, "ada.likes.literal:tea"}
    assert written(ROOMY, home)[0]["data"]["extensions"]["other"] == 1


def test_the_report_names_exactly_what_is_lost(small):
    """Neither more, so that it is read, nor less."""
    persona = load_persona(small)
    liked = Fact(
        id="ada.likes.literal:tea",
        subject="ada",
        relation="likes",
        object="literal:tea",
        text="Ada Lovelace likes tea.",
    )
    tea = Node(id="literal:tea", type="literal", label="tea")
    graph = PersonaGraph(
        nodes=[*persona.graph.nodes.values(), tea],
        facts=[*persona.graph.facts.values(), liked],
        relations=persona.graph.relations,
    )
    report = written(PLAIN, dataclasses.replace(persona, graph=graph))[1]
    nodes = {f"nodes[{index}]" for index in range(1, 5)}
    edges = {f"edges[{index}]" for index in range(5)}
    assert set(report.lost_fields) == {"id", "relations", "nodes[0].aliases", *nodes, *edges}
    assert len(report.notes) == len(report.lost_fields)


def test_nothing_is_lost_of_what_the_format_can_hold():
    """A report that cries wolf is not read."""
    document = {
        "roleagent": 1,
        "id": "ada",
        "name": "Ada",
        "summary": "You are Ada.",
        "greeting": "Hi.",
        "nodes": [{"id": "ada", "type": "person", "label": "Ada"}],
        "edges": [{"source": "ada", "relation": "likes", "value": "tea"}],
    }
    persona = build_persona(as_table(document), source="")
    assert list(written(PLAIN, persona)[1].lines()) == []
    with_rules = dataclasses.replace(persona, rules=("Be brief.",), nickname="A")
    assert written(PLAIN, with_rules)[1].lost_fields == ("nickname", "rules")


def test_what_a_format_makes_up_is_told_too():
    """The persona that comes back is not the one that left."""
    persona = read(PLAIN, raw_of(PLAIN))
    bare = dataclasses.replace(persona, id="countess", extensions=())
    assert written(PLAIN, bare)[1].lost_fields == ("id", "node")
    without_greeting = dataclasses.replace(bare, greeting="", summary="You are not named.")
    assert written(PLAIN, without_greeting)[1].lost_fields == ("id", "node")


def test_one_formats_fields_travel_to_a_kindred_format():
    """From version 2 to version 3 of a card."""
    persona = read(PLAIN, raw_of(PLAIN))
    assert written(ROOMY, persona)[0]["data"]["mood"] == "odd"


def test_other_programs_fields_are_lost_where_there_is_no_place():
    """And named."""
    persona = read(ROOMY, raw_of(ROOMY))
    alone = dataclasses.replace(
        persona,
        extensions=(*(dataclasses.replace(each, name="third") for each in persona.extensions),),
    )
    assert written(PLAIN, alone)[1].lost_fields == ("extensions.third",)


@pytest.mark.parametrize("embedded", [{"roleagent": 1, "id": "x"}, {"extends": ["/etc/passwd"]}, {}])
def test_an_unsound_persona_in_a_strangers_file_is_kept_as_it_is(embedded):
    """It is somebody else's idea of a persona, or an attack; never an error."""
    raw = raw_of(ROOMY)
    raw["data"]["extensions"]["roleagent"] = embedded
    persona = read(ROOMY, raw)
    assert persona.name == "Ada"
    assert written(ROOMY, persona)[0] == raw


def test_an_embedded_persona_that_no_longer_fits_is_left_out_and_reported(small):
    """The other program renamed the node that the facts are about."""
    persona = load_persona(small)
    raw, _ = written(ROOMY, persona)
    raw["data"]["extensions"]["roleagent"]["node"] = "babbage"
    raw["data"]["char"] = "Someone"
    report = Report()
    home = read(ROOMY, raw, report)
    assert home.name == "Someone"


def test_junk_never_raises():
    """A stranger's file holds anything."""
    report = Report()
    persona = read(PLAIN, {"char": 5, "likes": "tea", "hello": ["?"]}, report)
    assert persona.name == "5"
    assert {note.field for note in report.notes} == {"hello", "likes"}


def test_a_file_that_holds_more_than_can_be_kept_is_refused(monkeypatch):
    """In words of the file, not of the persona it would have become."""
    monkeypatch.setattr(convert, "LONGEST_EXTENSION", 100)
    with pytest.raises(ReadError, match=r"holds 1\d\d characters of JSON, and 100 is the most that is kept"):
        read(PLAIN, raw_of(PLAIN, mood="x" * 50))


def test_a_document_is_normal_after_being_read_and_written(small):
    """So that two can be compared."""
    document = persona_document(load_persona(small))
    assert normal(document) == document
    assert normal({**document, "name": " Ada Lovelace ", "language": "en"}) == document


def test_our_own_formats_are_written_by_name_too(small):
    """`--to` names any of them."""
    persona = load_persona(small)
    assert b"roleagent: 1" in bytes_in(persona, "yaml", Report())
    assert b'"multigraph": true' in bytes_in(persona, "node-link", Report())
