"""Personal data is taken out, what only looks like it stays, and sentences remain sentences."""

from __future__ import annotations

import time

import pytest

from roleagent.tuning.private_data import Eraser

FOUND = [
    ("Write to ann.lee+x@mail.example.org.", "Write to EMAIL-1."),
    ("It is ann (at) example (dot) com now", "It is EMAIL-1 now"),
    ("邮箱是ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ，谢谢", "邮箱是邮箱1，谢谢"),
    ("Call +1 (415) 555-2671 or (212) 555-0187.", "Call PHONE-1 or PHONE-2."),
    ("My phone number is 555 0134.", "My phone number is PHONE-1."),
    ("Ring 020 7946 0018 or 07700 900123!", "Ring PHONE-1 or PHONE-2!"),
    ("电话：010-62345678，手机 138-0013-8000", "电话：电话1，手机 电话2"),
    ("See https://bob:pw@host.com/x, then https://a.io/?token=abc1234.", "See LINK-1, then LINK-2."),
    ("My code is at https://github.com/annlee/repo", "My code is at LINK-1"),
    ("I sit at 192.168.1.20 and 2001:db8::8a2e:370:7334", "I sit at IP-1 and IP-2"),
    ("card 4111 1111 1111 1111 please", "card CARD-1 please"),
    ("card 4111.1111.1111.1111, or 4111\u20111111\u20111111\u20111111.", "card CARD-1, or CARD-1."),
    ("ann\u200b.lee@exam\u00adple.org", "EMAIL-1"),
    ("Call +44\u00a020\u202f7946\u00a00018", "Call PHONE-1"),
    ("IBAN GB82 WEST 1234 5698 7654 32.", "IBAN CARD-1."),
    ("身份证11010519491231002X", "身份证证件号1"),
    ("SSN 123-45-6789", "SSN ID-1"),
    ("my passport number is X1234567.", "my passport number is ID-1."),
    ("微信号: annlee88", "微信号: 账号1"),
    ("follow @ann_lee!", "follow ACCOUNT-1!"),
    ("I live at 221B Baker Street, London NW1 6XE, you know.", "I live at ADDRESS-1, you know."),
    ("It is 350 Fifth Avenue, New York, NY 10118 since May", "It is ADDRESS-1 since May"),
    ("我住在北京市海淀区中关村大街27号，那里好。", "我住在地址1，那里好。"),
    ("家住上海市徐汇区漕溪北路18弄5号楼302室", "家住地址1"),
]  # fmt: skip

KEPT = [
    "I was born 1987-03-04 and worked 1999-2004; we met on 12/03/2019.",
    "See https://example.org/docs/guide for more.",
    "at 10:30:45, version 1.2.3.4.5",
    "card 4111 1111 1111 1112 fails its check digit",
    "We are a family: \U0001f468\u200d\U0001f469\u200d\U0001f467.",
    "Pi is 3.14159265358979323, I think, and not 4.111111111111111.",
    "About 1,000,000 people saw 3.14159265.",
    "I paid 12 500 000 yen in 2020 2021 2022.",
    "In 1895 Baker Street was foggy.",
    "订单号 2026030112345678",
    "我在路上走了3里路，村里有5号人。",
    "他说了一番道理，第2号文件在第3层",
]


@pytest.mark.parametrize(("text", "clean"), FOUND)
def test_personal_data_goes(text: str, clean: str):
    """Each form, in both languages, with the sentence around it unchanged."""
    assert Eraser().clean(text) == clean


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_stays(text: str):
    """Dates, times, prices and plain links teach something; they are not mistaken for numbers of people."""
    assert Eraser().clean(text) == text


def test_the_same_value_gets_the_same_word_in_all_texts_of_a_dialogue():
    """A reply that gives back what was said can still be learned."""
    eraser = Eraser()
    assert eraser.clean("Call 415-555-2671 or 212-555-0187.") == "Call PHONE-1 or PHONE-2."
    assert eraser.clean("I shall call +1 (212) 555-0187.") == "I shall call PHONE-2."


def test_names_go_wherever_they_stand_as_words():
    """Also in small letters and as a part of the whole name; not within other words."""
    eraser = Eraser(names=["Ann Lee", "Ann", "张伟"])
    assert eraser.clean("I'm ANN  lee. Ann's annual fee, ann!") == "I'm NAME-1. NAME-1's annual fee, NAME-1!"
    assert eraser.clean("我叫张伟，张伟的妹妹") == "我叫姓名2，姓名2的妹妹"


def test_a_name_that_is_a_word_goes_only_with_its_capital():
    """A user called Will must not take every "will" with them."""
    assert Eraser(names=["Will"]).clean("I am Will. It will rain.") == "I am NAME-1. It will rain."


def test_what_the_personas_own_texts_say_stays():
    """Baker Street is nobody's private address to Sherlock Holmes."""
    eraser = Eraser(kept="He lives at 221B Baker Street, and wires to +44 20 7946 0018.")
    assert eraser.clean("I live at 221B Baker Street.") == "I live at 221B Baker Street."
    assert eraser.clean("And I at 12 Elm Road.") == "And I at ADDRESS-1."


@pytest.mark.parametrize("text", ["1" * 20_000, "中村路里街3" * 3_000, "http://a/b/" * 2_000, "a.b@" * 5_000])
def test_long_texts_take_no_long_time(text: str):
    """A text made to hold up the patterns does not."""
    start = time.perf_counter()
    Eraser(names=["Ann"]).clean(text)
    assert time.perf_counter() - start < 5
