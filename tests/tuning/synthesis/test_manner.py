"""How a persona opens and closes what it says."""

from __future__ import annotations

import random
from dataclasses import replace

from roleagent.tuning.synthesis.manner import Manner, manner_of
from roleagent.tuning.synthesis.words import Words
from tests.tuning.synthesis.tiny import a_persona


def test_a_manner_is_read_from_the_personas_own_texts():
    """Ada begins with “Ah,” in her example and says “my friend” when she declines."""
    manner = manner_of(a_persona(), Words("en"))
    assert manner == Manner(leads=("Ah, ",), tails=("my friend",))


def test_a_chinese_persona_keeps_its_word_for_i():
    """The monkey king says 俺老孙, not 我."""
    spoken = replace(a_persona(), fall_backs=("嘿嘿，俺老孙不晓得。",), examples=(), greeting="")
    manner = manner_of(spoken, Words("zh"))
    assert (manner.own, manner.leads) == ("俺老孙", ("嘿嘿，",))
    said = {manner.dressed("我爱桃。", random.Random(seed)) for seed in range(30)}
    assert {"俺老孙爱桃。", "嘿嘿，俺老孙爱桃。", "我爱桃。"} <= said


def test_a_name_at_the_start_keeps_its_capital():
    """“Ah, tom Reed” would be wrong, so nothing is put before a name."""
    manner = Manner(leads=("Ah, ",), tails=("sir",))
    said = {manner.dressed("Tom Reed.", random.Random(seed)) for seed in range(40)}
    assert said == {"Tom Reed.", "Tom Reed, sir."}
