"""What docs/personas.md shows works as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from roleagent.persona.document import EdgeEntry, PersonaDocument, RelationEntry
from roleagent.persona.load import load_persona
from roleagent.persona.schema import CORE_RELATIONS, NODE_TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "personas.md").read_text(encoding="utf-8")
FILES = re.findall(r"```yaml\n(roleagent: 1\n.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", FILES)
def test_the_files_on_the_page_are_sound(write, text):
    """They are the first that a newcomer copies."""
    assert load_persona(write(text)).name == "Ada Lovelace"


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
