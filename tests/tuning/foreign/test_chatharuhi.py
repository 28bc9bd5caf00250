"""Drama and questions in ChatHaruhi's shapes."""

from __future__ import annotations

from typing import Any

import pytest

from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.foreign.chatharuhi import is_mine, lines_in, read
from roleagent.tuning.foreign.items import Item


def dialogues(value: Any) -> list[Dialogue]:
    return list(read(Item("here", value)))


def test_a_text_of_drama_gives_a_dialogue_for_each_who_speaks():
    """Corner brackets go, actions stay, and a line without a speaker goes on with the one before."""
    first, second = dialogues("小满:「磨坊怎么了？」\n\n阿木：「烧了。」(低头)\n昨夜的事。\n旁白:「风起。」")
    assert (first.note["character"], first.reply) == ("小满", "磨坊怎么了？")
    assert (second.note["character"], second.asked) == ("阿木", "小满: 磨坊怎么了？")
    assert second.reply == "烧了。(低头)\n昨夜的事。"
    assert (second.system, second.language, second.source) == ("你就是阿木。", "zh", "import:chatharuhi")


def test_lines_as_json_give_the_same():
    """The synthesised dialogues are kept that way."""
    lines = [{"role": "小满", "text": "「磨坊怎么了？」"}, {"role": "阿木", "text": "「烧了。」"}]
    assert dialogues({"dialogue": lines}) == dialogues("小满:「磨坊怎么了？」\n阿木:「烧了。」")


@pytest.mark.parametrize(
    "pair",
    [
        {
            "user_role": "Ann",
            "user_question": "「Is it true?」",
            "agent_role": "Orla",
            "agent_response": "「It is.」",
        },
        {"role_A": "Ann", "query": "「Is it true?」", "role_B": "Orla", "response": "「It is.」"},
    ],
)
def test_a_question_gives_one_dialogue_of_who_answers(pair: dict[str, str]):
    """Who asks is not played."""
    assert is_mine(pair)
    [one] = dialogues(pair)
    assert (one.note["character"], one.asked, one.reply) == ("Orla", "Ann: Is it true?", "It is.")


def test_a_prompt_with_its_answer_is_cut_before_its_last_line():
    """Everything above is what the character reads first."""
    told = {"context": "You are Orla.\n###\nPiet:「Hm.」\nAnn:「Is it true?」", "target": "Orla:「It is.」"}
    [one] = dialogues(told)
    assert (one.system, one.asked, one.reply) == (
        "You are Orla.\n###\nPiet:「Hm.」",
        "Ann: Is it true?",
        "It is.",
    )
    assert one.note["character"] == "Orla"
    [named] = dialogues({**told, "target": "It is.", "agent_role": "The miller"})
    assert (named.note["character"], named.reply) == ("The miller", "It is.")
    assert dialogues({**told, "target": "Orla:「」"}) == []


def test_drama_without_a_speaker_is_refused():
    """It is another kind of text."""
    with pytest.raises(ValueError, match="no line names a speaker"):
        lines_in("Once upon a time there was a mill.\nIt burned.")


def test_an_answer_of_nobody_is_refused():
    """There would be no persona."""
    with pytest.raises(ValueError, match="names no character"):
        dialogues({"role_A": "Ann", "query": "a", "role_B": "", "response": "b"})
