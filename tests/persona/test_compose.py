"""Personas are made from files and fragments, and every mistake names the file it is in."""

from __future__ import annotations

import json

import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats.load import load_part, load_persona
from roleagent.formats.save import save_persona
from roleagent.persona import compose

BASE = """\
roleagent: 1
id: clerk
name: Clerk
summary: You are a clerk.
greeting: Good morning.
speech: [Be brief.]
horizon: {until: "1850", unknown: [radio]}
relations:
  files: {text: {en: "{subject} files {object}"}, cardinality: functional}
nodes:
  - {id: clerk, type: person, label: the clerk, aliases: [clerk]}
  - {id: office, type: organisation, label: the office, description: It is dark.}
  - {id: home, type: place, label: home}
  - {id: ink, type: topic, label: ink}
edges:
  - {source: clerk, relation: works_at, target: office, fixed: true}
  - {source: clerk, relation: lives_in, target: home}
  - {source: clerk, relation: likes, target: ink}
  - {source: clerk, relation: files, value: letters}
"""
ADA = """\
roleagent: 1
id: ada
name: Ada
summary: You are Ada.
extends: [base.yaml]
"""
FRAGMENT = """\
roleagent: 1
fragment: true
speech: [Be brief., Say so.]
nodes:
  - {id: tea, type: topic, label: tea}
edges:
  - {source: self, relation: likes, target: tea}
"""


@pytest.fixture
def files(write):
    """Write some files, and load the persona in the first."""

    def _load(main: str, **others: str):
        for name, text in {"base": BASE, **others}.items():
            write(text, f"{name}.yaml")
        return load_persona(write(main))

    return _load


def test_what_is_extended_is_the_same_character(files):
    """Facts about the base's character are facts about this one."""
    persona = files(ADA)
    assert (persona.id, persona.name, persona.node_id) == ("ada", "Ada", "clerk")
    assert persona.greeting == "Good morning."
    assert set(persona.graph.facts) == {
        "clerk.works_at.office",
        "clerk.lives_in.home",
        "clerk.likes.ink",
        "clerk.files.literal:letters",
    }


def test_the_bases_character_takes_the_id_that_the_file_has_for_it(files):
    """With its facts, wherever they say its name, and the label that the later file gives."""
    persona = files(ADA + "nodes:\n  - {id: ada, type: person, label: Ada, aliases: [Countess]}\n")
    assert persona.node_id == "ada"
    assert persona.graph.nodes["ada"].label == "Ada"
    assert persona.graph.nodes["ada"].aliases == ("clerk", "Countess")
    assert "ada.works_at.office" in persona.graph.facts
    assert persona.graph.facts["ada.likes.ink"].text == "Ada likes ink."


def test_the_later_scalar_wins_and_lists_add_up(files):
    """Nothing is said twice."""
    persona = files(
        ADA + "greeting: Good evening.\nspeech: [Be brief., Be kind.]\n"
        'horizon: {until: "1852", unknown: [film]}\n'
    )
    assert persona.greeting == "Good evening."
    assert persona.speech == ("Be brief.", "Be kind.")
    assert persona.horizon.until == "1852"
    assert persona.horizon.unknown == ("radio", "film")


def test_nodes_are_merged_key_by_key(files):
    """A new alias does not cost the description."""
    persona = files(ADA + "nodes:\n  - {id: office, type: organisation, label: the firm, aliases: [firm]}\n")
    node = persona.graph.nodes["office"]
    assert (node.label, node.aliases, node.description) == ("the firm", ("firm",), "It is dark.")


def test_a_fact_of_the_same_id_stands_in_the_later_form(files):
    """Whole, so that what is not said again is not so."""
    persona = files(
        ADA + "edges:\n  - {source: clerk, relation: works_at, target: office, confidence: 0.5}\n"
    )
    fact = persona.graph.facts["clerk.works_at.office"]
    assert (fact.confidence, fact.fixed) == (0.5, False)


def test_a_functional_fact_replaces_the_bases(files):
    """One lives in one place at a time; of one's own relations too."""
    moved = "nodes:\n  - {id: ockham, type: place, label: Ockham}\nedges:\n"
    moved += "  - {source: clerk, relation: lives_in, target: ockham}\n"
    moved += "  - {source: clerk, relation: files, value: bills}\n"
    facts = set(files(ADA + moved).graph.facts)
    assert {"clerk.lives_in.ockham", "clerk.files.literal:bills"} <= facts
    assert not {"clerk.lives_in.home", "clerk.files.literal:letters"} & facts


def test_what_held_at_another_time_stays(files):
    """A home that was left before is no rival."""
    base = BASE.replace("lives_in, target: home", 'lives_in, target: home, valid_to: "1840"')
    moved = "nodes:\n  - {id: ockham, type: place, label: Ockham}\nedges:\n"
    moved += '  - {source: clerk, relation: lives_in, target: ockham, valid_from: "1841"}\n'
    facts = set(files(ADA + moved, base=base).graph.facts)
    assert {"clerk.lives_in.ockham", "clerk.lives_in.home"} <= facts


def test_a_fragment_is_about_whoever_extends_it(files):
    """It calls them self."""
    persona = files(ADA.replace("[base.yaml]", "[base.yaml, part.yaml]"), part=FRAGMENT)
    assert "clerk.likes.tea" in persona.graph.facts
    assert persona.speech == ("Be brief.", "Say so.")
    assert persona.name == "Ada"


def test_fragments_extend_fragments(files):
    """Small parts make larger ones."""
    outer = "roleagent: 1\nfragment: true\nextends: part.yaml\ngreeting: Hello.\n"
    own = "nodes:\n  - {id: ada, type: person, label: Ada}\n"
    persona = files(ADA.replace("[base.yaml]", "outer.yaml") + own, part=FRAGMENT, outer=outer)
    assert set(persona.graph.facts) == {"ada.likes.tea"}
    assert persona.greeting == "Hello."


def test_a_persona_can_be_extended_by_its_name(files):
    """Those that come with the package among them."""
    persona = files(ADA.replace("[base.yaml]", "[holmes]"))
    assert "holmes.lives_in.baker_street" in persona.graph.facts
    assert persona.name == "Ada"


def test_nodes_and_facts_can_be_left_out(files):
    """A node takes the facts about it along."""
    persona = files(ADA + "remove: [office, clerk.likes.ink]\n")
    assert set(persona.graph.facts) == {"clerk.lives_in.home", "clerk.files.literal:letters"}
    assert "office" not in persona.graph.nodes
    assert "ink" in persona.graph.nodes


def test_a_base_may_be_in_any_format(files, write, tmp_path):
    """Also in another program's."""
    write(BASE, "b.yaml")
    save_persona(load_persona(tmp_path / "b.yaml"), tmp_path / "b.graphml")
    fragment = {"type": "Fragment", "persona": {"preferences": {"likes": ["Marmalade"]}}}
    (tmp_path / "part.json").write_text(json.dumps(fragment))
    persona = files(ADA.replace("[base.yaml]", "[b.graphml, part.json]"))
    assert persona.name == "Ada"
    assert persona.summary == "You are Ada."
    likes = [fact.text for fact in persona.graph.facts.values() if fact.relation == "likes"]
    assert any("Marmalade" in text for text in likes)
    assert all(fact.subject == "clerk" for fact in persona.graph.facts.values())


def test_renderings_follow_the_new_ids(files):
    """Their labels are by node, their texts by fact."""
    zh = "renderings:\n  zh: {labels: {clerk: 文书, ink: 墨水}, texts: {clerk.likes.ink: 她爱墨水。}}\n"
    persona = files(ADA + "nodes:\n  - {id: ada, type: person, label: Ada}\n", base=BASE + zh)
    (rendering,) = persona.renderings
    assert dict(rendering.labels) == {"ada": "文书", "ink": "墨水"}
    assert dict(rendering.texts) == {"ada.likes.ink": "她爱墨水。"}


def test_a_saved_persona_stands_on_its_own(files, tmp_path):
    """It can be sent without its bases."""
    persona = files(ADA)
    save_persona(persona, tmp_path / "whole.yaml")
    assert "extends" not in (tmp_path / "whole.yaml").read_text()
    (tmp_path / "base.yaml").unlink()
    assert load_persona(tmp_path / "whole.yaml") == persona


# ── mistakes ──


def message_of(files, main, **others):
    with pytest.raises(PersonaFileError) as caught:
        files(main, **others)
    return str(caught.value)


def test_a_mistake_in_a_base_names_the_base_and_the_line(files):
    """One looks for it in the wrong file otherwise."""
    message = message_of(files, ADA, base=BASE.replace("target: ink", "target: inc"))
    assert "base.yaml:18:46: edges[2].target 'inc' is not a node. Did you mean 'ink'?" in message
    message = message_of(files, ADA, base=BASE.replace("greeting:", "greting:"))
    assert "base.yaml:5:1: unknown key 'greting'" in message
    message = message_of(files, ADA, base="roleagent: [\n")
    assert "base.yaml:2:1: not well-formed YAML" in message


def test_a_clash_between_two_files_names_both(files):
    """The line alone would lead to the wrong one."""
    clash = "edges:\n  - {id: x, source: clerk, relation: aged, value: '3'}\n"
    clash += "  - {id: y, source: clerk, relation: aged, value: '4'}\n"
    message = message_of(files, ADA, base=BASE.replace("edges:\n", clash))
    assert "base.yaml:17:5: edges[1]: 'clerk' aged" in message
    assert "on line 16 of " in message
    assert "base.yaml 'literal:3' at the same time" in message


@pytest.mark.parametrize(
    ("main", "others", "message"),
    [
        (ADA.replace("base", "bose"), {}, "ada.yaml:5:11: extends 'bose.yaml', and there is no such file"),
        (ADA.replace("base.yaml", "holms"), {}, "no such file or persona. Did you mean 'holmes'?"),
        (ADA.replace("base.yaml", '"a\\0b.yaml"'), {}, "extends 'a\\x00b.yaml', which no file can be called"),
        (ADA.replace("base", "b" * 300), {}, "and there is no such file"),
        (ADA.replace("base", "../base"), {}, "is outside of the folder"),
        (ADA.replace("base.yaml", "/etc/passwd"), {}, "is outside of the folder"),
        (ADA.replace("base", "ada"), {}, "'ada.yaml' leads back to itself: ada.yaml → ada.yaml"),
        (
            ADA,
            {"base": BASE + "extends: [more.yaml]\n", "more": BASE + "extends: base.yaml\n"},
            "more.yaml:20:10: 'base.yaml' leads back to itself: base.yaml → more.yaml → base.yaml",
        ),
        (ADA + "remove: [clerk.likes.inc]\n", {}, "ada.yaml:6:10: remove 'clerk.likes.inc': nothing that"),
        (ADA.replace("[base.yaml]", "[{a: b}]"), {}, "ada.yaml:5:11: extends must be a list of names"),
        (ADA.replace("[base.yaml]", str(["base.yaml"] * 21)), {}, "extends names 21 files"),
        (FRAGMENT, {}, "ada.yaml:2:1: is a fragment, for other files to extend"),
        (ADA.replace("id: ada\n", ""), {}, "the key 'id' is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_composed_is_named_with_its_place(files, main, others, message):
    """Each with the way out."""
    assert message in message_of(files, main, **others)


def test_files_extend_one_another_ten_deep_and_no_deeper(files):
    """A chain that long is a mistake, or an attack."""
    chain = {f"c{n}": BASE + f"extends: c{n + 1}.yaml\n" for n in range(12)}
    deep = {**chain, "c10": BASE}
    assert files(ADA.replace("base", "c1"), **deep).greeting == "Good morning."
    assert "more than 10 files extend one another" in message_of(files, ADA.replace("base", "c0"), **chain)


def test_ever_more_files_are_refused(files, monkeypatch):
    """Ten bases of ten bases each would take days."""
    monkeypatch.setattr(compose, "MAX_FILES", 3)
    others = {f"c{n}": BASE for n in range(4)}
    names = [f"c{n}.yaml" for n in range(4)]
    assert "is too much: a persona is made from at most 3 files" in message_of(
        files, ADA.replace("[base.yaml]", str(names)), **others
    )


def test_one_base_of_many_is_read_once(files):
    """A diamond of files costs what its files cost."""
    layers = {"l0": BASE}
    for n in range(1, 9):
        layers[f"l{n}"] = BASE + f"extends: [l{n - 1}.yaml, l{n - 1}.yaml]\n"
    assert len(files(ADA.replace("base", "l8"), **layers).graph) == 4


def test_a_fragment_can_be_checked_by_itself(write):
    """Before anything extends it."""
    assert set(load_part(write(FRAGMENT)).graph.facts) == {"self.likes.tea"}
    with pytest.raises(PersonaFileError, match=r"ada\.yaml:7:45: edges\[0\]\.target 'coffee' is not a node"):
        load_part(write(FRAGMENT.replace("target: tea", "target: coffee")))
