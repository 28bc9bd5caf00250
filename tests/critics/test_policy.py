"""A safety policy is read strictly, and some of it nobody can switch off."""

from __future__ import annotations

from pathlib import Path

import pytest

from roleagent.critics.help_lines import LANGUAGES, help_message, region_of, regions
from roleagent.critics.policy import (
    MAX_BYTES,
    TOPICS,
    SafetyPolicy,
    default_policy,
    parse_policy,
    read_policy,
)
from roleagent.errors import ConfigurationError


def test_the_default_forbids_everything_on_the_list() -> None:
    """Whoever chooses nothing gets the careful choice."""
    assert default_policy().forbidden == frozenset(TOPICS)
    assert default_policy().action("crisis") == "step_out"
    assert default_policy() == SafetyPolicy(
        topics=dict(default_policy().topics), thresholds={"user": 0.8, "draft": 0.9}
    )


def test_a_mature_rating_allows_sexual_content_of_adults_alone() -> None:
    """A rating is a default that a topic can change."""
    assert SafetyPolicy(age_rating="mature").forbidden == frozenset(TOPICS) - {"sexual"}
    assert SafetyPolicy(age_rating="mature", topics={"sexual": "refuse"}).action("sexual") == "refuse"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("age_ratin: teen", "p:1:1: unknown key 'age_ratin' in the policy. Did you mean 'age_rating'?"),
        ("age_rating: adult", "p:1:1: age_rating 'adult' is none of everyone, teen, mature."),
        ("locale: en-XX", "p:1:1: locale 'en-XX' has no help lines"),
        ("topics:\n  weapon: refuse", "p:2:3: unknown key 'weapon' in topics. Did you mean 'weapons'?"),
        (
            "topics:\n  hate: maybe",
            "p:2:3: topics.hate is 'maybe': it may be allow, refuse, step_out or hand_over.",
        ),
        (
            "topics:\n  crisis: allow",
            "p:2:3: topics.crisis is 'allow': it may be step_out or hand_over, for whoever",
        ),
        ("topics:\n  crisis: refuse", "p:2:3: topics.crisis is 'refuse'"),
        ("topics:\n  minors: allow", "p:2:3: topics.minors is 'allow'"),
        ("topics: refuse", "p:1:1: topics must be a table"),
        (
            "thresholds: {user: 1.5}",
            "p:1:14: thresholds.user is '1.5': it must be a number above 0, up to 1.",
        ),
        ("thresholds: {user: nan}", "p:1:14: thresholds.user is 'nan'"),
        ('help_lines: "   "', "p:1:1: help_lines is blank: write what the user is to read"),
        ('handover: "\\n"', "p:1:1: handover is blank"),
        ("handover: [a]", "p:1:1: handover must be a text"),
        (f"help_lines: {'9' * 2_001}", "p:1:1: help_lines must be a text of up to 2,000 characters."),
        ("- teen", "p: a policy is a table of the keys age_rating, locale"),
        ("", "p: a policy is a table"),
        ("topics: {", "p:2:1: not well-formed YAML"),
        ("topics: !!python/object:os.system {}", "is not supported"),
        ("locale: &a any", "the anchor &a is not supported"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    """A policy that is read wrongly protects nobody."""
    with pytest.raises(ConfigurationError) as error:
        parse_policy(text, name="p")
    assert told in str(error.value)


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    """One round trip is enough."""
    with pytest.raises(ConfigurationError) as error:
        parse_policy("locale: en-XX\ntopics: {hate: no}\nage: 3", name="p")
    assert [line.partition(": ")[0] for line in str(error.value).splitlines()] == ["p:1:1", "p:2:10", "p:3:1"]


def test_a_policy_in_code_is_checked_too() -> None:
    """What a file may not say, code may not either."""
    with pytest.raises(ConfigurationError, match=r"topics\.minors is 'allow'"):
        SafetyPolicy(topics={"minors": "allow"})
    with pytest.raises(ConfigurationError, match="age_rating"):
        SafetyPolicy(age_rating="adult")  # type: ignore[arg-type]


def test_files_that_are_missing_huge_or_no_text_are_refused(tmp_path: Path) -> None:
    """A policy is a page, not a data set."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_policy(tmp_path / "absent.yaml")
    huge, odd = tmp_path / "huge.yaml", tmp_path / "odd.yaml"
    huge.write_bytes(b"#" * (MAX_BYTES + 1))
    odd.write_bytes(b"locale: \xff")
    with pytest.raises(ConfigurationError, match="64 KiB"):
        read_policy(huge)
    with pytest.raises(ConfigurationError, match="not UTF-8 at byte 8"):
        read_policy(odd)


def test_every_region_has_whole_messages_in_both_languages() -> None:
    """No placeholder and no language is left out."""
    locales = ["any", *(f"en-{region}" for region in sorted(regions()))]
    for locale in locales:
        for language in LANGUAGES:
            said = {kind: help_message(kind, language=language, locale=locale) for kind in KINDS}
            assert len(set(said.values())) == len(KINDS)
            assert not any("{" in words for words in said.values())


KINDS = ("suicide", "other", "abuse", "medical")


def test_the_known_numbers_are_in_their_regions() -> None:
    """A wrong number is worse than none."""
    numbers = {"en-US": "988", "en-GB": "116 123", "en-IE": "116 123", "en-AU": "13 11 14", "zh-CN": "12356"}
    for locale, number in numbers.items():
        assert number in help_message("suicide", language="zh", locale=locale)
    assert "120" in help_message("medical", language="zh", locale="zh-CN")
    assert "findahelpline.com" in help_message("suicide", language="en", locale="any")
    assert region_of("en") is None
