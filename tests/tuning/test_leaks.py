"""Test probes are found among training data, and what anybody says is not taken for one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.evaluation.probes import make_suite
from roleagent.formats import load_persona
from roleagent.tuning.dialogues import Dialogue, Message, Rejected
from roleagent.tuning.leaks import Probe, check_leaks, leaks_in, probes_of

SUITES = Path(__file__).parent.parent.parent / "examples" / "suites"


def dialogue(said: str, reply: str = "Aye.") -> Dialogue:
    return Dialogue(messages=(Message(role="user", text=said), Message(role="assistant", text=reply)))


def is_leak(probe: str, said: str, reply: str = "Aye.") -> bool:
    return bool(list(leaks_in([dialogue(said, reply)], [Probe(probe, "test")])))


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("Tell me where your cradle stood.", "tell me where your CRADLE stood"),
        ("Tell me where your cradle stood.", "Good evening. Tell me where your cradle stood! I wonder."),
        ("Tell me where your cradle stood.", "[Noon.\n- It rains.]\n\nTell me where your cradle stood."),
        ("Two sentences in it. Here they are.", "[Noon.]\n\nTwo sentences in it. Here they are."),
        ("I have a dog called {value}.", "I have a dog called Old Rex the Third."),
        ("{wrong} is your mother, I believe?", "The Queen of Spades is your mother, I believe."),
        ("请问您出生在什么日子？", "请问您出生在什么日子？"),
        ("你在{place}究竟住了多少年了？", "你在花果山究竟住了多少年了？"),
        ("a b c d e f g h i j", "x y b c d e f g h i z"),
        ("一二三四五六七八九十甲乙丙丁", "说一二三四五六七八九十甲乙吧"),
    ],
)
def test_a_probe_is_found(probe: str, said: str):
    """Whatever its case and marks, among other sentences, below notes, with its placeholders filled."""
    assert is_leak(probe, said)
    assert is_leak(probe, "Hm?", said)


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("Where were you born?", "Where were you born?"),
        ("Good morning!", "Good morning!"),
        ("你叫什么名字？", "你叫什么名字？"),
        ("What do you think of {term}?", "I ask what do you think of dogs, in the end?"),
        ("I have a dog called {value}.", "I have a dog called"),
        ("a b c d e f g h i j", "a b c d e f g x h i j"),
        ("一二三四五六七八九十甲乙丙丁", "一二三四五六七八九十甲说"),
        ("{question}", "Anything at all that anybody may say."),
    ],
)
def test_what_anybody_says_is_no_leak(probe: str, said: str):
    """Few words, part of another sentence, or a run that is too short."""
    assert not is_leak(probe, said)


def test_rejected_replies_and_system_messages_are_not_looked_at():
    """Nobody learns to say them."""
    one = Dialogue(
        messages=(
            Message(role="system", text="Tell me where your cradle stood."),
            Message(role="assistant", text="Aye."),
        ),
        rejected=(Rejected(text="Tell me where your cradle stood.", fault="voice"),),
    )
    assert list(leaks_in([one], probes_of())) == []


def test_the_refusal_names_dialogue_probe_and_origin():
    """So that it can be found and taken out."""
    told = [dialogue("Hello."), dialogue("Hm. Tell me where your cradle stood.")]
    with pytest.raises(InputError) as refused:
        check_leaks(told, probes_of())
    assert str(refused.value).startswith("Dialogue 2 says “Tell me where your cradle stood.”")
    assert "wordings/en.toml: ask born_in you" in str(refused.value)
    assert check_leaks(told[:1], probes_of()) == 1


def test_what_a_made_suite_asks_is_found():
    """Of every kind, in either language, but for the few short ones."""
    probes = probes_of()
    for name in ("holmes", "sunwukong"):
        suite = make_suite(load_persona(name), seed=3)
        asked = [
            step.say
            for scene in suite.scenes
            for session in scene.sessions
            for step in session.steps
            if step.checks
        ]
        found = [leak.number for leak in leaks_in(map(dialogue, asked), probes)]
        assert len(found) / len(asked) > 0.7
        assert len(asked) > 30


def test_what_an_example_suite_asks_is_found():
    """By file, or all of a folder."""
    probes = probes_of([SUITES / "faraday.yaml"])
    [leak] = leaks_in([dialogue("What did you find on the 29th of August 1831?")], probes)
    assert "faraday.yaml: scene 'the bench'" in leak.probe.where
    texts = {each.text for each in probes_of([SUITES])}
    assert {each.text for each in probes} < texts
    assert "沙僧是你师父吧？" in texts


def test_wordings_of_ones_own_are_probes():
    """A table in the same form; patterns, values and everyday talk of it are none."""
    own = {"ask": {"owns": {"you": ["What is in your pockets now?"]}}, "filler": {"say": ["It rained."]}}
    added = set(probes_of([own])) - set(probes_of())
    assert {each.text for each in added} == {"What is in your pockets now?"}


def test_no_pattern_or_denial_is_a_probe():
    """They are what replies are read by."""
    assert not [each for each in probes_of() if "\\b" in each.text or "filler" in each.where]


def test_a_broken_suite_is_refused(tmp_path: Path):
    """By its place."""
    (tmp_path / "a.yaml").write_text("suite: [", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.yaml"):
        probes_of([tmp_path / "a.yaml"])
    (tmp_path / "a.yaml").write_text("suite: a\nscenes: []", encoding="utf-8")
    with pytest.raises(InputError, match="not a suite"):
        probes_of([tmp_path])
    with pytest.raises(InputError, match="cannot be read"):
        probes_of([tmp_path / "none.yaml"])


@pytest.mark.slow
def test_five_thousand_dialogues_take_seconds():
    """The check stands in the way of every training."""
    probes = probes_of([SUITES])
    told = [
        dialogue(f"I wonder about the {at} old keys. What are they to you?", f"Keys to {at} doors. " * 5)
        for at in range(5_000)
    ]
    start = time.process_time()
    assert check_leaks(told, probes) == 5_000
    assert time.process_time() - start < 30
