"""The conformance suite accepts sound critics and names what is wrong with the others."""

from __future__ import annotations

import pytest

from roleagent.protocols import Critic
from roleagent.registry import BUILT_IN, find
from roleagent.testing.critics import RejectWords, a_scene, check_critic
from roleagent.types import Verdict


@pytest.mark.parametrize("name", sorted(BUILT_IN["critic"].keys() - {"claims"}))
def test_every_built_in_critic_keeps_the_promises(name) -> None:
    """A critic that raises or wavers stops every conversation."""
    check_critic(find("critic", name)())


def test_the_fake_rejects_its_words_alone() -> None:
    """Tests of the workflow build on it."""
    fake = RejectWords(["Robot", "机器"], name="no-robots")
    check_critic(fake, rejects=["I am a robot.", "我是机器。"])
    assert fake.check("a ROBOT", a_scene(), complete=False) == Verdict(
        critic="no-robots", ok=False, reason="Do not say 'Robot'.", quote="Robot"
    )


class _Broken:
    name = "broken"

    def __init__(self, **changes: object) -> None:
        self._changes = changes

    def check(self, draft: str, scene: object, *, complete: bool) -> Verdict:
        verdict = {"critic": "broken", "ok": draft != "bad", "reason": "" if draft != "bad" else "It is bad."}
        return Verdict(**(verdict | (self._changes if draft == "bad" else {})))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reason": ""}, "without a reason"),
        ({"critic": "other"}, "names 'other'"),
        ({"evidence": ("no.such.fact",)}, "no.such.fact"),
        ({"where": "user"}, "'user'"),
        ({"score": 2.0}, "0–1"),
        ({"ok": True}, "was passed"),
    ],
)
def test_a_broken_promise_is_named(changes, complaint) -> None:
    """A suite that passes everything checks nothing."""
    assert isinstance(_Broken(), Critic)
    check_critic(_Broken(), rejects=["bad"])
    with pytest.raises(AssertionError, match=complaint):
        check_critic(_Broken(**changes), rejects=["bad"])


def test_whether_a_critic_fails_open_is_true_or_false() -> None:
    """A text such as "no" would count as true."""
    critic = RejectWords(["robot"])
    critic.fails_open = "no"  # type: ignore[attr-defined]
    with pytest.raises(AssertionError, match="fails_open is 'no'"):
        check_critic(critic)
    critic.fails_open = True  # type: ignore[attr-defined]
    check_critic(critic)
