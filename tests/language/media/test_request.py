"""Words that ask for a picture or recording that was shown before, and words that do not."""

from __future__ import annotations

import time

import pytest

from roleagent.language.media_requests import ANY_KIND, read_request, request_of

IMAGE, AUDIO = ("image/",), ("audio/",)


@pytest.mark.parametrize(
    ("text", "kinds", "words"),
    [
        ("Show me the photo with the red bridge.", IMAGE, ("red", "bridge")),
        ("Good evening! Could I see the pictures of my dogs again, please?", IMAGE, ("dog",)),
        ("Can you please pull up that screenshot of the timetable?", IMAGE, ("timetable",)),
        ("I'd like to look at the photo I sent you of Rex.", IMAGE, ("rex",)),
        ("Do you still have the picture of my bicycle, the one from May?", IMAGE, ("bicycle",)),
        ("Where’s the selfie from the harbour?", IMAGE, ("harbour",)),
        ("Send me that photo again.", IMAGE, ()),
        ("Play me the recording where I talk about the storm.", AUDIO, ("storm",)),
        ("Let me hear the voice message about the rent", AUDIO, ("rent",)),
        ("Please find the file I gave you.", ANY_KIND, ()),
        ("把有红桥的那张照片给我看看", IMAGE, ("红", "桥")),
        ("把那张照片给我看看", IMAGE, ()),
        ("今天真冷。能不能再看一下猫的照片？", IMAGE, ("猫",)),
        ("我上次发给你的照片还在吗？", IMAGE, ()),
        ("那张有雪山的图片，发给我。", IMAGE, ("雪", "山")),
        ("让我再听听关于暴雨的录音", AUDIO, ("暴", "雨")),
    ],
)
def test_a_request_says_what_it_wants(text: str, kinds: tuple[str, ...], words: tuple[str, ...]) -> None:
    """Only words that single a file out are left; none is a request for the last one."""
    request = read_request(text)
    assert request is not None, text
    assert (request.kinds, request.words) == (kinds, words)


@pytest.mark.parametrize(
    "text",
    [
        "I will show you a photo of the bridge.",
        "Let me show you the picture of my dog.",
        "Look at this photo!",
        "I took the photo yesterday.",
        "Don't show me the photo.",
        "Please do not ever show me that picture again.",
        "Show me a photo.",
        "Show me the bridge.",
        "What do you think of the picture?",
        "I will take photos tomorrow and send the pictures.",
        "我给你看张照片。",
        "我把照片发给你。",
        "别给我看那张照片。",
        "你想看我的照片吗？",
        "给我看一张照片",
        "这张照片真好看。",
        "",
    ],
)
def test_showing_refusing_and_talking_of_pictures_are_no_requests(text: str) -> None:
    """A file that nobody asked for is an interruption."""
    assert read_request(text) is None


def test_a_time_and_a_number_are_told_apart_from_what_is_to_be_seen() -> None:
    """They say which one, and are on no picture."""
    request = read_request("Show me the photos from last week.")
    assert request is not None
    assert (request.words, request.is_dated, request.is_plural) == ((), True, True)
    request = read_request("把上周的那几张照片发给我")
    assert request is not None
    assert (request.words, request.is_dated, request.is_plural) == ((), True, True)


def test_a_model_only_describes_what_it_wants() -> None:
    """Its words are no sentence."""
    assert request_of("the photo of a red bridge").words == ("red", "bridge")
    assert request_of("红桥的照片").words == ("红", "桥")


def test_a_long_message_costs_no_more_than_a_short_one() -> None:
    """Whoever pastes a book must not stop the service."""
    start = time.thread_time()
    for text in (
        "where is the " * 1_500,
        "don't show me the photo, " * 800,
        "给你看的" * 5_000,
        "把照片" * 6_000,
    ):
        read_request(text)
    assert time.thread_time() - start < 1.0
