"""What the network is measured on shares nothing with what it was trained on."""

from __future__ import annotations

import json

import pytest

from benchmarks.gnn_salience import DATA, FOLLOW_UPS, QUESTIONS, main, unseen
from roleagent import load_persona
from roleagent.gnn.training.characters import characters_in
from roleagent.gnn.training.words import read_words, words_of


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_wordings_and_names_are_others(language):
    """Or learning by heart would look like understanding."""
    words, trained = unseen(read_words(DATA / f"{language}.toml", language)), words_of(language)
    assert len(words.relations) > 80
    assert len(set(words.relations) - set(trained.relations)) >= 20
    for name, each in words.relations.items():
        if name in trained.relations:
            assert not set(each.ask) & set(trained.relations[name].ask)
            assert not set(each.facts) & set(trained.relations[name].facts)
    assert not set(words.given) & set(trained.given)


def test_the_written_questions_name_facts_of_their_personas():
    """At least 200 questions, over one to three steps; nobody of the training is among the personas."""
    lines = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    personas = {name: load_persona(QUESTIONS.parent / name) for name in {line["persona"] for line in lines}}
    assert sum(bool(line["facts"]) for line in lines) >= 200
    assert {line["hops"] for line in lines} == {0, 1, 2, 3}
    for line in lines:
        assert set(line["facts"]) <= set(personas[line["persona"]].graph.facts), line
    trained = {
        world.graph.nodes["self"].label for language in ("en", "zh") for world in characters_in(language)
    }
    assert not trained & {persona.name for persona in personas.values()}


def test_the_follow_ups_name_facts_of_their_personas():
    """At least 100, each after something else; some need nothing."""
    lines = [json.loads(line) for line in FOLLOW_UPS.read_text(encoding="utf-8").splitlines()]
    personas = {name: load_persona(QUESTIONS.parent / name) for name in {line["persona"] for line in lines}}
    assert len(lines) >= 100
    assert any(not line["facts"] for line in lines)
    for line in lines:
        assert line["before"]
        assert set(line["facts"]) <= set(personas[line["persona"]].graph.facts), line
    trained = {
        question.text
        for language in ("en", "zh")
        for world in characters_in(language)
        for talk in world.talks
        for question in talk
    }
    assert not trained & {line["text"] for line in lines}


def test_it_prints_a_table(capsys, tmp_path):
    """On a few questions of somebody else's."""
    persona = QUESTIONS.parent / "keeper.yaml"
    lines = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    some = [line | {"persona": str(persona)} for line in lines if line["persona"] == "keeper.yaml"][:6]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, some)), encoding="utf-8")
    out = tmp_path / "figures.json"
    assert main(["--questions", str(path), "--num-worlds", "6", "--quick", "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "written en: 1 graphs" in printed
    assert "gnn minus" in printed
    assert 0 < json.loads(out.read_text())["written_en_gnn"] <= 1
