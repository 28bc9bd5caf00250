"""Tests of words, terms and tokens."""

from hypothesis import given
from hypothesis import strategies as st

from roleagent.language.tokens import estimated_tokens, terms, words


def test_names_in_japanese_and_rare_characters_are_whole() -> None:
    """々 repeats a character, and 〇 is a digit: neither ends a run of them."""
    assert terms("佐々木") == ["佐", "々", "木", "佐々", "々木"]
    assert terms("𠮷野") == ["𠮷", "野", "𠮷野"]
    assert "八〇" in terms("一九八〇年")
    assert words("佐々木 says hello_world") == ["佐", "々", "木", "says", "hello_world"]


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_fast_way_for_ascii_gives_the_same_terms(text: str) -> None:
    """Texts that are all ASCII take another way through the code."""
    assert terms(text) == terms(text + " é")[:-1]


def test_a_token_is_four_letters_or_one_character() -> None:
    """The prompt's budget is counted with it, in English and in Chinese."""
    assert estimated_tokens("") == 0
    assert estimated_tokens("abcde") == 2
    assert estimated_tokens("茶 and 한") == 2 + 2
