"""A file format from outside is known wherever a built-in one is."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent import formats
from roleagent.cli.app import app
from roleagent.errors import ConfigurationError, InputError, PersonaFileError
from roleagent.formats import Format, Report, register, simple_document, text_format, triples_of
from roleagent.formats.convert import bytes_in
from roleagent.formats.load import load_persona
from roleagent.formats.save import convert_persona
from roleagent.persona.as_document import persona_document

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
(CODE,) = (code for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "text_format(" in code)
ADA = """Ada
Ada | friend of | Babbage
Babbage | tinkers with | the engine
Ada | born on | 1815-12-10
maths!
"""


def install(folder: Path, name: str, target: str) -> None:
    """What `pip install` leaves of a package that offers a format."""
    info = folder / f"{name}_package-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-package\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[roleagent.formats]\n{name} = {target}\n", "utf-8")


@pytest.fixture
def installed(tmp_path, monkeypatch) -> None:
    """The example of the docs, installed as a package of its own."""
    folder = tmp_path / "site"
    install(folder, "lines", "lines_format:LINES")
    (folder / "lines_format.py").write_text(CODE, "utf-8")
    monkeypatch.syspath_prepend(folder)


@pytest.fixture
def nothing_registered(monkeypatch) -> None:
    """An app of its own."""
    monkeypatch.setattr(formats, "_registered", {})


@pytest.fixture
def ada(tmp_path) -> Path:
    """A file in the example's format."""
    path = tmp_path / "ada.lines"
    path.write_text(ADA, "utf-8")
    return path


def test_the_example_in_the_docs_is_short():
    """A newcomer should write one in an evening."""
    assert len(CODE.splitlines()) <= 30


@pytest.mark.usefixtures("installed")
def test_an_installed_format_is_read(ada):
    """With nodes and facts, and a word on what was skipped."""
    report = Report()
    persona = load_persona(ada, report=report)
    assert [node.label for node in persona.graph.nodes.values()] == [
        "Ada",
        "Babbage",
        "the engine",
        "1815-12-10",
    ]
    texts = [fact.text for fact in persona.graph.facts.values()]
    assert texts[:2] == ["Ada is a friend of Babbage.", "Babbage tinkers with the engine."]
    assert [note.field for note in report.notes] == ["maths!"]


@pytest.mark.usefixtures("installed")
def test_it_is_converted_both_ways_and_what_is_lost_is_named(ada, tmp_path):
    """A format of a few lines cannot hold a summary, and says so without a line of its own."""
    convert_persona(ada, tmp_path / "ada.yaml")
    assert not convert_persona(tmp_path / "ada.yaml", tmp_path / "again.lines").lost_fields
    assert (tmp_path / "again.lines").read_text("utf-8").splitlines() == ADA.splitlines()[:-1]
    report = convert_persona("holmes", tmp_path / "holmes.lines")
    assert {"summary", "speech"} <= {field.partition("[")[0] for field in report.lost_fields}


@pytest.mark.usefixtures("installed")
def test_the_commands_know_it(ada, tmp_path):
    """Whoever installed it will type its name."""
    run = CliRunner().invoke
    assert "lines" in run(app, ["persona", "formats"]).output
    assert "a fact a line" in run(app, ["persona", "formats"]).output
    assert "Ada" in run(app, ["persona", "show", str(ada)]).output
    to = tmp_path / "out.txt"
    assert run(app, ["persona", "convert", str(ada), str(to), "--to", "lines"]).exit_code == 0
    assert to.read_text("utf-8").startswith("Ada\n")


@pytest.mark.parametrize("target", ["no_such_module:X", "json:loads", "roleagent.formats.own.yaml_file:YAML"])
def test_a_broken_package_is_logged_and_other_files_still_open(target, ada, tmp_path, monkeypatch, caplog):
    """A stranger's mistake must not cost a user all personas."""
    install(tmp_path / "broken", "lines", target)
    monkeypatch.syspath_prepend(tmp_path / "broken")
    with caplog.at_level(logging.WARNING), pytest.raises(PersonaFileError):
        load_persona(ada)
    assert "lines" in caplog.text
    assert load_persona("holmes").name == "Sherlock Holmes"


@pytest.mark.usefixtures("nothing_registered")
def test_an_app_adds_a_format_of_its_own(tmp_path):
    """Told by its content, it goes before the built-in ones, which know less of it."""
    mine = Format(
        name="mine",
        read=lambda data, report: simple_document(data[6:].decode(), []),
        recognises=lambda data, raw: data.startswith(b"%MINE "),
    )
    register(mine)
    path = tmp_path / "x.yaml"
    path.write_bytes(b"%MINE Zoe")
    assert load_persona(path).name == "Zoe"
    with pytest.raises(InputError, match="'mine' is only read"):
        bytes_in(load_persona("holmes"), "mine", Report())


@pytest.mark.usefixtures("nothing_registered")
def test_no_added_format_stands_in_for_a_built_in_one():
    """Neither its name nor its suffix may be taken."""
    with pytest.raises(ConfigurationError, match="built-in format is called 'yaml'"):
        register(text_format("yaml"))
    register(text_format("mine", read=lambda text, report: {}, suffixes=(".yaml",)))
    assert formats.by_suffix(".yaml").name == "yaml"


def test_plain_facts_get_nodes_of_types_that_their_relations_allow():
    """So that a format need not know the vocabulary."""
    triples = [("Ada", "lives in", "London"), ("Ada", "has trait", "exact"), ("Zoë", "likes", "Zoe")]
    document = simple_document("Ada", triples, summary="You count.")
    types = {node["label"]: node["type"] for node in document["nodes"]}
    assert types == {"Ada": "person", "London": "place", "exact": "trait", "Zoë": "person", "Zoe": "topic"}
    assert len({node["id"] for node in document["nodes"]}) == 5
    assert triples_of(document) == triples


def test_plain_facts_leave_out_secrets_and_what_has_ended():
    """A format without a place for them would tell them as plain truth."""
    facts = load_persona("holmes").graph.facts.values()
    told = triples_of(persona_document(load_persona("holmes")))
    assert len(told) == sum(fact.visibility == ("public",) and not fact.valid_to for fact in facts)


@pytest.mark.usefixtures("nothing_registered")
def test_a_reader_that_fails_is_named(tmp_path):
    """The error says which format and file, and is one that an application catches."""
    register(text_format("broken", read=lambda text, report: {}[text], suffixes=(".broken",)))
    path = tmp_path / "ada.broken"
    path.write_text("Ada", "utf-8")
    with pytest.raises(
        PersonaFileError, match=r"ada\.broken.*'broken', which is not one of ours, failed.*KeyError"
    ):
        load_persona(path)


@pytest.mark.usefixtures("nothing_registered")
def test_a_recogniser_that_fails_stops_no_other_file(tmp_path, caplog):
    """A foreign card still opens, and the log names the format at fault."""

    def recognises(data: bytes, raw: object) -> bool:
        raise RuntimeError("boom")

    register(Format(name="broken", read=lambda data, report: {}, recognises=recognises))
    card = {"name": "Ada", "description": "A countess.", "first_mes": "Hello."}
    card |= dict.fromkeys(("personality", "scenario", "mes_example"), "")
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card), "utf-8")
    assert load_persona(path).name == "Ada"
    assert "The format 'broken' failed to recognise a file" in caplog.text
