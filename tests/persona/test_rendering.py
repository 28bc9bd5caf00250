"""One character in several languages: the same graph in other words."""

from __future__ import annotations

import re

import pytest

from roleagent.errors import InputError
from roleagent.formats.load import load_persona
from roleagent.persona.rendering import languages, rendered
from roleagent.types import Fact

ZH = """\
renderings:
  zh:
    name: 阿达
    greeting: 请进。
    speech: [说话简洁。]
    labels: {babbage: 巴贝奇, engine: 分析机}
    texts: {ada.born_on.literal:1815-12-10: 阿达生于一八一五年冬天。}
  pt-BR: {name: Ada Brasileira}
"""


@pytest.fixture
def ada(write, small_text):
    """A persona with renderings in Chinese and Portuguese."""
    return load_persona(write(small_text + ZH))


def test_texts_are_those_of_the_rendering_and_the_rest_stays(ada):
    """A rendering grows line by line."""
    persona = rendered(ada, "zh")
    assert (persona.name, persona.greeting, persona.speech) == ("阿达", "请进。", ("说话简洁。",))
    assert (persona.summary, persona.language, persona.id) == (ada.summary, "zh", "ada")


def test_facts_are_said_by_the_templates_with_the_labels_of_the_rendering(ada):
    """A name without a label stays as it is."""
    facts = rendered(ada, "zh").graph.facts
    assert facts["ada.friend_of.babbage"].text == "Ada Lovelace的朋友是巴贝奇。"
    assert facts["ada.lives_in.ockham"].text == "Ada Lovelace住在Ockham（自1835-07）。"


def test_a_fact_that_the_rendering_words_itself_is_said_so(ada):
    """Where a template would not do."""
    assert (
        rendered(ada, "zh").graph.facts["ada.born_on.literal:1815-12-10"].text == "阿达生于一八一五年冬天。"
    )


def test_a_relation_without_a_template_in_the_language_keeps_its_words(ada):
    """Words of a third language would help nobody."""
    own = rendered(ada, "zh").graph.facts["ada.corrected.engine"]
    assert own.text == ada.graph.facts["ada.corrected.engine"].text
    assert rendered(ada, "pt-BR").graph.facts.keys() == ada.graph.facts.keys()
    assert rendered(ada, "pt-BR").graph == ada.graph


def test_ids_and_structure_stay_so_that_learned_facts_fit_both(ada):
    """What was learned in English holds in Chinese."""
    learned = Fact(
        id="x", subject="ada", relation="likes", object="engine", text="She likes it.", layer="learned"
    )
    persona = rendered(ada, "zh")
    assert persona.graph.nodes.keys() == ada.graph.nodes.keys()
    assert [(f.id, f.subject, f.object, f.fixed) for f in persona.graph.facts.values()] == [
        (f.id, f.subject, f.object, f.fixed) for f in ada.graph.facts.values()
    ]
    assert persona.graph.with_learned([], [learned]).facts["x"] == learned


def test_the_names_of_the_first_language_are_still_understood(ada):
    """People mix languages."""
    graph = rendered(ada, "zh").graph
    assert graph.mentioned_in("巴贝奇是谁？") == ("babbage",)
    assert graph.mentioned_in("Who is Charles Babbage?") == ("babbage",)


def test_the_same_rendering_is_made_once(ada):
    """Every turn asks for it."""
    assert rendered(ada, "zh") is rendered(ada, "zh")
    assert rendered(ada, "en") is ada
    assert rendered(ada, "en-GB") is ada


def test_a_code_with_a_region_finds_the_language_and_the_other_way_round(ada):
    """Browsers send zh-CN."""
    assert rendered(ada, "zh-CN") is rendered(ada, "zh")
    assert rendered(ada, "pt").name == "Ada Brasileira"
    assert languages(ada) == ("en", "zh", "pt-BR")


def test_a_language_that_is_not_there_is_named_with_those_that_are(ada):
    """Not silently answered in English."""
    with pytest.raises(InputError, match="no rendering in 'fr': it speaks en, zh, pt-BR"):
        rendered(ada, "fr")


def test_mira_speaks_chinese():
    """The example that comes with the package says nothing in English that it knows in Chinese."""
    persona = rendered(load_persona("mira"), "zh")
    texts = [persona.summary, persona.greeting, *persona.speech, *persona.rules, *persona.fall_backs]
    texts += [fact.text for fact in persona.graph.facts.values()]
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text), text
        assert re.search(r"[。！？]$", text), text
    assert len(persona.fall_backs) == len(load_persona("mira").fall_backs)
