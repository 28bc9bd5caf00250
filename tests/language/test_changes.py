"""Which utterances take back what was said before."""

from __future__ import annotations

import pytest

from roleagent.language.changes import key_terms, taken_back


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("My brother plays for Leeds.", "My brother has left Leeds, he's at Derby."),
        ("I drink oolong.", "No more oolong for me, it's cocoa now."),
        ("My tailor is Mr Pym.", "Mr Pym retired; Mrs Groat took over."),
        ("I am allergic to walnuts.", "It wasn't the walnuts after all, it's the celery."),
        ("We keep two llamas.", "The llamas went to my uncle."),
        ("The wedding is on Friday.", "Not Friday, I mixed it up: Sunday."),
        ("My boat is called Heron.", "We renamed Heron. She's the Curlew."),
        ("我养了只鹦鹉叫阿绿", "阿绿飞走了，现在养的是只八哥"),
        ("我在绸缎庄当伙计", "绸缎庄的活我不干了，去了米铺"),
        ("我对虾过敏，对花生没事", "大夫说弄错了，不是花生就是芝麻"),
    ],
)
def test_a_correction_is_known_by_what_it_takes_back(earlier: str, later: str) -> None:
    """The old value stands beside words that take it back."""
    assert taken_back(later, key_terms(earlier))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("My brother plays for Leeds.", "Leeds has a fine market."),
        ("I drink oolong.", "The oolong smells good today."),
        ("My tailor is Mr Pym.", "My aunt no longer sews."),
        ("The wedding is on Friday.", "We bought shoes."),
        ("我养了只鹦鹉叫阿绿", "阿绿今天唱得真好听"),
        ("我在绸缎庄当伙计", "今天天气不错"),
    ],
)
def test_other_talk_takes_nothing_back(earlier: str, later: str) -> None:
    """To name a thing again, or to take back another one, is no correction."""
    assert not taken_back(later, key_terms(earlier))


@pytest.mark.parametrize(
    "later",
    [
        "My dog Rex was at the vet yesterday.",
        "Rex only eats fish, that silly dog.",
        "I'm back from a walk with Rex.",
        "I gave Rex a bone.",
        "Rex ran after a cat.",
        "Rex is too fat, says the vet.",
        "I called Rex three times in the park.",
        "My dog Rex had a bath.",
    ],
)
def test_everyday_talk_about_a_thing_takes_nothing_back(later: str) -> None:
    """To answer with the thing is still right."""
    assert not taken_back(later, key_terms("My dog is called Rex."))


@pytest.mark.parametrize(
    "later",
    ["我现在带旺财去散步", "旺财今天死活不肯吃饭", "我送旺财去洗澡了", "后来旺财睡着了", "其实旺财很乖"],
)
def test_everyday_talk_in_chinese_takes_nothing_back(later: str) -> None:
    """One sign anywhere in the utterance is not enough."""
    assert not taken_back(later, key_terms("我的狗叫旺财。"))
