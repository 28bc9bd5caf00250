"""A saved persona reads back as the same persona, in every format."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError, StoreError
from roleagent.formats.load import bundled_personas, load_persona
from roleagent.formats.save import save_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.document import make_relations
from roleagent.persona.persona import Example, Horizon, Persona
from roleagent.types import Fact, Node, Relation

SUFFIXES = ["yaml", "json", "graphml", "gexf", "jsonld", "ttl", "csv"]

texts = (
    (
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=12)
        | st.sampled_from(
            [
                "NO",
                "12:30",
                "1881-03-04",
                "null",
                "~",
                "<b>&amp;",
                "a: b #c",
                "]]>",
                "孙悟空",
                '"',
                "'",
                "{x}",
                "\u2028x",
            ]
        )
    )
    .map(str.strip)
    .filter(bool)
)
lists = st.lists(texts, max_size=3).map(tuple)
dates = st.none() | st.integers(1, 9999).map(str)
BETWEEN = Relation(name="between", text={"en": "{subject} – {object}"}, cardinality="append-only")


@st.composite
def personas(draw):
    ids = draw(
        st.lists(
            texts.filter(lambda text: not text.startswith("literal:")), min_size=1, max_size=5, unique=True
        )
    )
    nodes = [
        Node(
            id=id_,
            type="topic",
            label=draw(texts),
            aliases=draw(lists),
            description=draw(st.just("") | texts),
        )
        for id_ in ids
    ]
    value = draw(texts)
    nodes.append(Node(id=f"literal:{value}", type="literal", label=value))
    facts = {
        fact.id: fact
        for fact in draw(
            st.lists(
                st.builds(
                    Fact,
                    id=texts,
                    subject=st.sampled_from(ids),
                    relation=st.sampled_from(["about", "between"]),
                    object=st.sampled_from([node.id for node in nodes]),
                    text=texts,
                    fixed=st.booleans(),
                    confidence=st.floats(0, 1),
                    valid_from=dates,
                ),
                max_size=5,
            )
        )
    }
    facts["last"] = Fact(id="last", subject=ids[0], relation="about", object=nodes[-1].id, text="It is.")
    return Persona(
        id=draw(st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True)),
        name=draw(texts),
        summary=draw(texts),
        graph=PersonaGraph(
            nodes=nodes, facts=facts.values(), relations=make_relations({}) | {"between": BETWEEN}
        ),
        node_id=ids[0],
        greeting=draw(st.just("") | texts),
        speech=draw(lists),
        fall_backs=draw(lists),
        examples=tuple(Example(user=user, reply=user) for user in draw(lists)),
        horizon=Horizon(until=draw(dates), unknown=draw(lists)),
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(persona=personas())
def test_any_persona_reads_back_the_same(suffix, persona):
    """Whatever a text looks like to YAML, JSON or XML, it is the user's text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"p.{suffix}"
        save_persona(persona, path)
        assert load_persona(path) == persona


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", bundled_personas())
def test_bundled_personas_read_back_the_same(name, suffix, tmp_path):
    """With all that real personas use: own relations, intervals, literals, Chinese."""
    persona = load_persona(name)
    save_persona(persona, tmp_path / f"{name}.{suffix}")
    assert load_persona(tmp_path / f"{name}.{suffix}") == persona


def test_a_yaml_file_says_only_what_is_not_the_default(small, tmp_path):
    """A saved file is as easy to read as a written one."""
    save_persona(load_persona(small), tmp_path / "out.yaml")
    text = (tmp_path / "out.yaml").read_text()
    assert "- {source: ada, relation: friend_of, target: babbage, fixed: true}\n" in text
    assert "value: '1815-12-10'" in text
    assert "confidence: 1" not in text


def test_learned_facts_never_get_into_a_file(small, tmp_path):
    """A chat must not rewrite the canon."""
    persona = load_persona(small)
    learned = Fact(id="x", subject="ada", relation="likes", object="babbage", text="?", layer="learned")
    persona = dataclasses.replace(persona, graph=persona.graph.with_learned([], [learned]))
    with pytest.raises(InputError, match="1 facts were learned, such as 'x'"):
        save_persona(persona, tmp_path / "out.yaml")
    assert list(tmp_path.glob("out*")) == []


def test_what_would_not_read_back_is_not_written(small, tmp_path):
    """Better no file than one that lost something."""
    persona = dataclasses.replace(load_persona(small), name="  Ada")
    with pytest.raises(InputError, match="would not read back the same"):
        save_persona(persona, tmp_path / "out.yaml")
    assert list(tmp_path.glob("out*")) == []


def test_a_failed_save_leaves_the_old_file(small, tmp_path):
    """The user's work is in there."""
    before = small.read_bytes()
    with pytest.raises(InputError):
        save_persona(dataclasses.replace(load_persona(small), id="Not An Id"), small)
    assert small.read_bytes() == before


def test_an_unknown_suffix_and_a_missing_folder_are_named(small, tmp_path):
    """One line each, no stack trace."""
    persona = load_persona(small)
    with pytest.raises(InputError, match=r"'.*ada\.toml' must end in one of \.yaml"):
        save_persona(persona, tmp_path / "ada.toml")
    with pytest.raises(StoreError, match="cannot be written: No such file or directory"):
        save_persona(persona, tmp_path / "no" / "ada.yaml")
