"""What is asked was never trained word for word, and what is right is what the graph says."""

from __future__ import annotations

import json

import pytest

from benchmarks.persona_adapter import (
    characters,
    grade,
    lessons_of,
    main,
    questions_of,
    replies_of,
    share_of,
)
from roleagent.testing.models import build_tiny_text_model
from roleagent.tuning.bases import open_base
from roleagent.tuning.synthesis.stage import stage_for
from roleagent.tuning.synthesis.values import says_value

pytestmark = pytest.mark.xdist_group("torch")


@pytest.fixture(scope="module")
def made():
    """The first made-up character, the questions to it, and its graph."""
    (persona, _) = characters([], num_facts=50, seed=0)
    return persona, questions_of(persona), stage_for(persona, seed=0).graph


def test_forty_facts_in_five_wordings(made):
    """As many of each fact as the figure claims, none of them twice."""
    _, asked, _ = made
    texts = {(each.fact.id, each.messages[-1].text) for each in asked}
    assert len(texts) == len(asked) == 5 * len({each.fact.id for each in asked})
    assert len(asked) >= 5 * 40


def test_no_wording_was_trained(made):
    """However many dialogues are made."""
    persona, asked, _ = made
    trained = {each.asked for each in lessons_of(persona, each=40, kinds=("fact", "open"), seed=0)}
    assert trained
    assert not trained & {each.messages[-1].text for each in asked}


def test_nothing_in_the_prompt_tells(made):
    """Neither the system message nor the question, and both are as in training."""
    persona, asked, graph = made
    lesson, *_ = lessons_of(persona, each=1, kinds=("fact",), seed=0)
    for each in asked:
        system, question = each.messages
        assert system == lesson.messages[0]
        assert not says_value(system.text + question.text, each.fact, graph, "en")


def test_only_facts_with_one_value(made):
    """Else any of several replies would be right."""
    _, asked, graph = made
    for each in asked:
        assert len(graph.values(each.fact.subject, each.fact.relation)) == 1


def test_a_reply_is_graded_by_the_graph(made):
    """The value, another one, and nothing at all."""
    _, asked, graph = made
    home = next(each for each in asked if each.fact.relation == "born_in")
    place = graph.nodes[home.fact.object].label
    replies = [f"I was born in {place}.", "I was born in Lisbon.", ""]
    graded = grade([home] * 3, replies, graph, "en")
    assert [each.is_right for each in graded] == [True, False, False]
    assert [each.is_to_the_letter for each in graded] == [True, False, False]


def test_an_interval_counts_a_fact_once(made):
    """Ten replies about two facts are no more certain than two."""
    _, asked, graph = made
    one, other = asked[:5], asked[5:10]
    values = [graph.nodes[each.fact.object].label for each in one]
    graded = grade([*one, *other], [*values, *("Nobody knows.",) * 5], graph, "en")
    share, low, high = share_of(graded)
    assert share == 0.5
    assert (low, high) == pytest.approx((0.095, 0.905), abs=0.001)


def test_a_question_knows_whose_wording_it_has(made):
    """Both kinds are among the questions of each fact."""
    _, asked, _ = made
    kinds = {(each.fact.id, each.is_probe) for each in asked}
    assert len(kinds) == 2 * len({each.fact.id for each in asked})


def test_replies_are_those_of_the_model_alone(made, tmp_path):
    """A prompt that is read once, and questions in batches, change nothing."""
    import torch

    base = open_base(f"transformers:{build_tiny_text_model(tmp_path, spread=0.5)}", device="cpu")
    asked = made[1][:9]
    alone = []
    for each in asked:
        messages = [{"role": one.role, "content": one.text} for one in each.messages]
        ids = base.tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt")
        with torch.inference_mode():
            written = base.model.generate(**ids, max_new_tokens=24, do_sample=False, use_cache=False)
        text = base.tokenizer.decode(written[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
        alone.append(text.strip())
    assert len(set(alone)) > 1
    assert replies_of(base.model, base.tokenizer, asked) == alone


@pytest.mark.slow
def test_a_tiny_model_goes_all_the_way(tmp_path, capsys):
    """Trains two adapters, asks under each, and says how many were right."""
    model, out = build_tiny_text_model(tmp_path / "tiny"), tmp_path / "figures.json"
    assert main(["--model", f"transformers:{model}", "--quick", "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["n"] == 16
    assert figures["facts"] == 8
    assert figures["tokens_read"] > figures["tokens"] == 256
    assert 0 <= figures["own_low"] <= figures["own_right"] <= figures["own_high"] <= 1
    assert capsys.readouterr().out.rstrip().endswith("(n = 16, 8 facts)")
