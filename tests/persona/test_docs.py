"""What docs/personas.md shows works as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from roleagent.formats import built_in
from roleagent.formats.load import load_part, load_persona
from roleagent.graph.schema import CORE_RELATIONS, NODE_TYPES
from roleagent.persona.document import EdgeEntry, PersonaDocument, RelationEntry

PAGE = (Path(__file__).parents[2] / "docs" / "personas.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FILES = [block for block in BLOCKS if block.startswith("roleagent: 1\n")]
NAMED = {match[1]: block for block in BLOCKS if (match := re.match(r"# ([\w-]+\.yaml)\n", block))}
ADDITIONS = [block for block in BLOCKS if re.match(r"[a-z_]+:\n|personality:", block)]


@pytest.mark.parametrize("text", FILES)
def test_the_files_on_the_page_are_sound(write, text):
    """They are the first that a newcomer copies."""
    assert load_persona(write(text)).name == "Ada Lovelace"


@pytest.mark.parametrize("text", ADDITIONS)
def test_what_the_page_adds_to_the_file_fits_it(write, text):
    """Each example is tried with the file that it belongs to."""
    write(FILES[1], "ada.yaml")
    persona = load_persona(write(f"roleagent: 1\nid: ada\nextends: [ada.yaml]\n{text}", "more.yaml"))
    assert persona != load_persona(write(FILES[1], "ada.yaml"))


def test_the_parts_on_the_page_make_a_persona(write):
    """A fragment, and a file that extends it."""
    write(FILES[1], "ada.yaml")
    for name, text in NAMED.items():
        write(text, name)
    assert load_part(write(NAMED["victorian.yaml"], "victorian.yaml")).name == "fragment"
    persona = load_persona(write(NAMED["young-ada.yaml"], "young-ada.yaml"))
    facts = persona.graph.facts
    assert (persona.name, persona.node_id) == ("Ada Byron", "young-ada")
    assert {"young-ada.serves.queen", "young-ada.friend_of.babbage"} <= set(facts)
    assert not [fact for fact in facts if "london" in fact or "numbers" in fact]


def test_every_block_of_yaml_is_tried():
    """One that is not could say anything."""
    others = [block for block in BLOCKS if block not in (*FILES, *NAMED.values(), *ADDITIONS)]
    assert len(others) == 1
    assert others[0].startswith("# yaml-language-server:")


def test_the_commands_on_the_page_are_there():
    """A newcomer types them."""
    from typer.main import get_command

    from roleagent.cli.persona import app

    named = set(re.findall(r"roleagent persona ([a-z]+)", PAGE))
    assert named <= set(get_command(app).commands)
    assert {"check", "lint", "diff", "convert", "formats", "lore"} <= named


def test_the_page_names_every_format_of_ours():
    """With its suffixes."""
    for each in (each for each in built_in() if each.layout is None):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{each.name}` |"))
        assert all(f"`{suffix}`" in row for suffix in each.suffixes)


def test_the_python_on_the_page_does_what_it_says(write, monkeypatch):
    """Code that does not run is worse than none."""
    folder = write(FILES[1]).parent
    monkeypatch.chdir(folder)
    scope: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, scope)
    fact, said = re.search(r'facts\["(.*?)"\]\.text  # \'(.*?)\'', PAGE).groups()
    assert load_persona("ada.yaml").graph.facts[fact].text == said
    assert load_persona("ada.graphml") == load_persona("ada.yaml")


def test_the_page_names_every_key_type_and_relation():
    """A key that nobody is told of is not there."""
    keys = {*PersonaDocument.model_fields, *EdgeEntry.model_fields, *RelationEntry.model_fields}
    named = set(re.findall(r"`([a-z_]+)(?:: \w+)?`", PAGE))
    assert {*keys, *NODE_TYPES, *CORE_RELATIONS} <= named


def test_the_error_on_the_page_is_the_one_that_is_raised(write):
    """A reader compares it with what is on the screen."""
    from roleagent.errors import PersonaFileError

    message = re.search(r"^ada\.yaml:(.*not a node.*)$", PAGE, re.MULTILINE)[1]
    broken = FILES[1].replace("friend_of, target: babbage", "friend_of, target: babbag")
    with pytest.raises(PersonaFileError, match=re.escape(message)):
        load_persona(write(broken))
