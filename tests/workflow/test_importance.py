"""What is worth remembering, by signs that can be counted."""

from __future__ import annotations

import pytest

from roleagent.workflow.remembering import importance


@pytest.mark.parametrize(
    ("text", "counts", "expected"),
    [
        ("Hello there.", {}, 0.1),
        ("你好！", {}, 0.1),
        ("Good evening. Pray sit down.", {}, 0.1),  # the first word of a sentence is no name
        ("I met Irene at the opera.", {}, 0.2),
        ("I met Irene and Godfrey, then Wilhelm.", {}, 0.3),  # names count up to two
        ("I met her at the opera.", {"num_names": 1}, 0.2),
        ("My train leaves at 6.", {}, 0.2),
        ("我明天出发。", {}, 0.2),
        ("I am so proud of him.", {}, 0.3),
        ("我很难过。", {}, 0.3),
        ("Look!", {"num_attachments": 2}, 0.3),
        ("I like tea.", {"num_facts": 1}, 0.3),
        ("I like tea, and he, she and they do.", {"num_facts": 5}, 0.5),  # facts count up to two
        ("Don't forget the milk.", {}, 0.4),
        ("别忘了买牛奶。", {}, 0.4),
        ("I loved the gloves.", {}, 0.3),
        ("Clover and gloves.", {}, 0.1),  # "love" within a word is none
    ],
)
def test_each_sign_adds_its_share(text: str, counts: dict[str, int], expected: float) -> None:
    """Worked out by hand from the weights."""
    assert importance(text, **counts) == expected


def test_it_never_leaves_its_range() -> None:
    """A prior over 1 would outweigh the words asked for."""
    text = "Remember this: Ann, Bob and Cid died on 3 May 2019. " * 50
    assert importance(text, num_facts=99, num_names=99, num_attachments=9) == 1.0
    assert importance("") == 0.1
