"""Facts that a reply does not need go from the system message."""

from __future__ import annotations

import random

from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.fewer_facts import with_fewer_facts

ENGLISH = """You keep a mill.

About you:
- Orla lives in Lewes.
- Orla owns a mill.
  It stands by the river.

  It is old.
- Orla fears geese.
- Orla plays the fiddle.

What you keep to:
- Speak drily."""
CHINESE = "关于你自己：\n- 你家在花果山。\n- 你的师父是唐僧。\n- 你使金箍棒。\n\n你始终遵守：\n- 直说。"


def dialogue(system: str, said: str, reply: str, language: str = "en") -> Dialogue:
    return Dialogue(
        messages=(
            Message(role="system", text=system),
            Message(role="user", text=said),
            Message(role="assistant", text=reply),
        ),
        language=language,
    )


def made(one: Dialogue) -> set[str]:
    return {with_fewer_facts(one, random.Random(seed)) for seed in range(40)}


def test_the_needed_fact_and_all_that_is_no_fact_stay():
    """A fact that shares a word with question or reply; the rules are no facts."""
    found = made(dialogue(ENGLISH, "What scares you?", "Geese, and nothing else."))
    assert len(found) == 7  # each of the three others goes or stays, and one goes at least
    for each in found:
        assert "- Orla fears geese.\n" in each
        assert each.startswith("You keep a mill.\n\nAbout you:\n- ")
        assert each.endswith("\n\nWhat you keep to:\n- Speak drily.")


def test_an_item_of_several_paragraphs_goes_whole():
    """Half of one would be another fact."""
    for each in made(dialogue(ENGLISH, "What scares you?", "Geese.")):
        assert ("- Orla owns a mill." in each) == ("by the river" in each) == ("It is old" in each)


def test_the_list_is_found_in_chinese():
    """By pairs of characters."""
    found = made(dialogue(CHINESE, "你师父是谁？", "唐僧是也。", "zh"))
    assert len(found) == 3
    assert all("- 你的师父是唐僧。" in each for each in found)


def test_a_list_that_is_needed_whole_stays():
    """And where there is none, there is nothing to leave out."""
    assert made(dialogue("About you:\n- Orla fears geese.", "Hm?", "Yes.")) == {""}
    assert made(dialogue("About you:\n- Fears geese.\n- Owns mills.", "Hm?", "Mills; geese.")) == {""}
    assert made(dialogue("You keep a mill.", "Hm?", "Yes.")) == {""}


def test_one_fact_stays_if_none_is_needed():
    """An empty list would be no list."""
    for each in made(dialogue(ENGLISH, "Hm?", "Yes.")):
        assert "About you:\n- " in each
