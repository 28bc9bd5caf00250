"""Names to objects."""

from __future__ import annotations

import pytest

from roleagent import registry
from roleagent.errors import ConfigurationError
from roleagent.formats import Format


def test_an_unknown_name_is_told_with_a_near_match():
    """A typo should cost seconds, not a search through the docs."""
    with pytest.raises(
        ConfigurationError, match=r"No model is called 'lama-cpp'. Did you mean 'llama-cpp'\?"
    ):
        registry.get("model", "lama-cpp:x")


def test_nothing_near_is_no_near_match():
    """`--model nope` does not mean 'openai'; what there is tells more."""
    known = r"^No model is called 'nope'\. Known: auto, llama-cpp, openai, "
    with pytest.raises(ConfigurationError, match=known):
        registry.get("model", "nope")


def test_of_many_names_some_are_told():
    """There are more than thirty file formats."""
    with pytest.raises(ConfigurationError) as error:
        registry.check("format", "word")
    assert len(str(error.value)) < 250
    assert str(error.value).endswith(f" and {len(registry.names('format')) - 12} more.")


def test_each_known_name_is_told_once():
    """`bge-small-en` is both a scheme and weights, and was told twice."""
    with pytest.raises(ConfigurationError) as error:
        registry.get("embedder", "word2vec")
    known = str(error.value).partition("Known: ")[2].rstrip(".").split(", ")
    assert "minilm-l6" in known
    assert sorted(known) == sorted(set(known))


def test_an_object_is_made_once_and_shared(monkeypatch: pytest.MonkeyPatch):
    """Two agents with one model must not load it twice."""
    monkeypatch.setitem(registry.BUILT_IN["embedder"], "listed", "builtins:list")
    monkeypatch.setattr(registry, "_shared", {})
    first = registry.get("embedder", "listed:ab")
    assert first == ["a", "b"]
    assert registry.get("embedder", "listed:ab") is first
    assert registry.get("embedder", "listed:cd") == ["c", "d"]


@pytest.mark.parametrize(
    ("kind", "name"), [("model", "auto:tiny"), ("critic", "role:strict"), ("embedder", "use-m3:x")]
)
def test_an_argument_is_refused_where_none_is_taken(kind: str, name: str):
    """`auto:tiny` would look like a choice."""
    scheme, argument = name.split(":")
    with pytest.raises(
        ConfigurationError, match=rf"'{scheme}' takes nothing .* got '{argument}'. Write '{scheme}'"
    ):
        registry.get(kind, name)


def test_a_missing_argument_is_asked_for():
    """A transformers model without a folder is no model."""
    with pytest.raises(ConfigurationError, match=r"needs an argument. Write 'transformers:ARGUMENT'"):
        registry.get("model", "transformers")


@pytest.mark.parametrize("kind", list(registry.BUILT_IN))
def test_every_built_in_name_leads_somewhere(kind: str):
    """A table of names is worth what its targets are."""
    for scheme in registry.BUILT_IN[kind]:
        found = registry.find(kind, scheme)
        assert found.name == scheme if isinstance(found, Format) else callable(found)


def test_weights_may_be_called_as_the_list_prints_them():
    """Whoever reads `roleagent models list` types what stands there."""
    assert registry.split("model", "qwen2.5-0.5b") == ("llama-cpp", "qwen2.5-0.5b")
    assert registry.split("perceptor", "whisper-base") == ("whisper", "whisper-base")
    assert registry.split("embedder", "minilm-l6") == ("sentence-transformers", "minilm-l6")
    assert registry.split("embedder", "use-m3") == ("use-m3", "")
    assert registry.split("model", "transformers:/a:b") == ("transformers", "/a:b")


def test_a_misspelt_model_is_named_with_its_near_match():
    """A slip in a long name should not cost a look at the docs."""
    with pytest.raises(ConfigurationError, match=r"Did you mean 'qwen2\.5-1\.5b'"):
        registry.get("model", "qwen2.5-1,5b")
