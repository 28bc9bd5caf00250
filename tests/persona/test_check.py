"""What is wrong in a persona file is said with its line, its column, its value and a way out."""

from __future__ import annotations

import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats.load import load_persona
from roleagent.persona.problems import MAX_PROBLEMS

# (what stands in the sound file, what to write instead with ^ before the place to be named, message)
MISTAKES = {
    "unknown target": (
        "target: babbage,",
        "target: ^babbag,",
        "edges[2].target 'babbag' is not a node. Did you mean 'babbage'?",
    ),
    "unknown source": (
        "{source: ada, relation: friend_of",
        "{source: ^adda, relation: friend_of",
        "edges[2].source 'adda' is not a node. Did you mean 'ada'?",
    ),
    "unknown relation": (
        "friend_of,",
        "^freind_of,",
        "edges[2].relation 'freind_of' is not a relation. Did you mean 'friend_of'?",
    ),
    "unknown node type": (
        "type: artifact",
        "type: ^artefact",
        "'artefact' is not a node type. Did you mean 'artifact'?",
    ),
    "unknown key": ("fixed: true", "^fixd: true", "unknown key 'fixd' in edges[2]. Did you mean 'fixed'?"),
    "comma in a text": (
        "label: Ockham}",
        "label: Ockham, ^Surrey}",
        "unknown key 'Surrey' in nodes[4]",
    ),
    "duplicate key": (
        "name: Ada Lovelace\n",
        "name: Ada\n^name: Ada\n",
        "key 'name' stands here a second time; the first is on line 3",
    ),
    "duplicate node": (
        "Ockham}\n",
        "Ockham}\n  - {id: ^london, type: place, label: London}\n",
        "nodes[5].id 'london' is taken by the node on line 11.",
    ),
    "bad month": ('"1835-07"', '^"1835-13"', "edges[1].valid_from '1835-13' is not a date"),
    "bad date of birth": (
        "value: 1815-12-10",
        "value: ^10 December",
        "edges[4].value '10 December' is not a date",
    ),
    "ends before it begins": (
        "valid_from: 1843",
        "valid_from: 1843, valid_to: ^1842",
        "valid_to '1842' is before valid_from '1843'.",
    ),
    "empty label": ("label: London", 'label: ^""', "nodes[3].label is empty"),
    "missing key": (
        "- {id: london, type: place, label: London}",
        "- ^{id: london, type: place}",
        "the key 'label' is missing in nodes[3].",
    ),
    "missing header": ("roleagent: 1\n", "^", "the key 'roleagent' is missing in the file."),
    "wrong type of subject": (
        "{source: ada, relation: born_on",
        "{source: ^london, relation: born_on",
        "the source of 'born_on' must be person or animal or machine.",
    ),
    "wrong type of object": (
        "target: ockham",
        "target: ^engine",
        "the target of 'lives_in' must be place or organisation.",
    ),
    "two values at once": (
        'valid_to: "1835"}\n  - {',
        'valid_to: "1836"}\n  - ^{',
        "'ada' lives_in 'ockham', and on line 14 'london' at the same time",
    ),
    "two facts of one name": (
        "{source: ada, relation: corrected, target: engine, valid_from: 1843",
        "^{source: ada, relation: friend_of, target: babbage",
        "as the edge on line 16 is",
    ),
    "both ends": (
        "{source: ada, relation: born_on,",
        "^{source: ada, relation: born_on, target: london,",
        "needs either `target` (a node's id) or `value` (a literal)",
    ),
    "not a truth value": (
        "fixed: true",
        "fixed: ^yes",
        "edges[2].fixed must be true or false, and is 'yes'.",
    ),
    "not a share": (
        "confidence: 0.5",
        "confidence: ^2",
        "edges[3].confidence must be a number from 0 to 1, and is '2'.",
    ),
    "bad template": ('"{subject} corrected {object}"', '^"{subject} corrected it"', "lacks {object}"),
    "unknown cardinality": ("append-only", "^append", "Did you mean 'append-only'?"),
    "not a list": (
        "aliases: [Babbage]",
        "aliases: ^Babbage",
        "nodes[1].aliases must be a list, and is 'Babbage'.",
    ),
    "wrong version": ("roleagent: 1", "roleagent: ^7", "roleagent is '7', and this release reads version 1."),
    "no node of its own": (
        "id: ada\n",
        "id: ^adah\n",
        "id 'adah': the character has no node of that id. Did you mean 'ada'?",
    ),
    "core relation changed": (
        "  corrected:",
        '  likes: {text: {en: "{subject} likes {object}"}, ^symmetric: true}\n  corrected:',
        "only its `text` can be added to",
    ),
    "invisible character": ("label: London", 'label: ^"Lon\\x07don"', "holds the character '\\x07'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_where_it_stands(write, small_text, mistake):
    """A user should find the place without searching, and mend it without reading the manual."""
    before, after, message = MISTAKES[mistake]
    assert before in small_text
    marked = small_text.replace(before, after, 1)
    line = marked[: marked.index("^")].count("\n") + 1
    column = marked.splitlines()[line - 1].index("^") + 1
    path = write(marked.replace("^", ""))
    with pytest.raises(PersonaFileError) as caught:
        load_persona(path)
    assert str(caught.value).startswith(f"{path}:{line}:{column}: ")
    assert message in str(caught.value)
    assert caught.value.others == ()


def test_all_mistakes_of_a_file_are_reported_in_its_order(write, small_text):
    """Mending one mistake a run is a misery."""
    text = small_text.replace("type: artifact", "type: artefact").replace("target: babbage", "target: babbag")
    text = text.replace(
        "corrected, target: engine, valid_from: 1843", "corected, target: engin, valid_from: 1843-99"
    )
    with pytest.raises(PersonaFileError) as caught:
        load_persona(write(text))
    lines = [problem.line for problem in (caught.value, *caught.value.others)]
    assert lines == [10, 16, 17, 17, 17]
    assert "4 more" in caught.value.__notes__[0]


def test_a_broken_node_is_not_reported_again_at_every_edge(write, small_text):
    """One mistake, one line."""
    with pytest.raises(PersonaFileError) as caught:
        load_persona(write(small_text.replace(", label: Charles Babbage", "")))
    assert caught.value.others == ()


def test_there_is_an_end_to_reporting(write, small_text):
    """A file of the wrong kind altogether must not fill the screen, nor take minutes."""
    edges = "".join(f"  - {{source: x{number}, relation: likes, value: a}}\n" for number in range(5_000))
    with pytest.raises(PersonaFileError) as caught:
        load_persona(write(small_text + edges))
    assert len(caught.value.others) == MAX_PROBLEMS - 1


def test_a_symmetric_functional_relation_is_checked_from_both_ends(write, small_text):
    """To be married to two people at once is as wrong when it is said of the other one."""
    edges = """\
  - {source: ada, relation: married_to, target: babbage, valid_from: 1835}
  - {source: other, relation: married_to, target: ada, valid_from: 1840}
"""
    text = small_text.replace("edges:\n", "  - {id: other, type: person, label: Another}\nedges:\n")
    with pytest.raises(PersonaFileError, match=r"'ada' married_to 'other', and on line \d+ 'babbage'"):
        load_persona(write(text + edges))


def test_successive_values_of_a_functional_relation_are_in_order(write, small_text):
    """Moving house is no contradiction, even in the year of the move."""
    text = small_text.replace('valid_to: "1835"', 'valid_to: "1835-07"')
    assert len(load_persona(write(text)).graph.values("ada", "lives_in")) == 1
