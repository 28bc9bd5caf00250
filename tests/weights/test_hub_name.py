"""The name of a file of the hub is read strictly, and a part of a file's name finds just one model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import ConfigurationError, ModelNotFoundError
from roleagent.weights.hub_name import HubName, all_files, first_files, reason_against_path

FILES = [
    "m-Q4_0.gguf",
    "m-Q4_0_4_4.gguf",
    "m-Q4_K_M.gguf",
    "m-Q4_K_S.gguf",
    "m-IQ4_XS.gguf",
    "mmproj-m-Q8_0.gguf",
]


@pytest.mark.parametrize(
    ("text", "repo", "revision", "file"),
    [
        ("hf:a/b:c.gguf", "a/b", "main", "c.gguf"),
        ("hf:a/b@v1.0:Q4_K_M", "a/b", "v1.0", "Q4_K_M"),
        ("hf:a-1/B.2_c@refs/pr/3:sub/c d@1.gguf", "a-1/B.2_c", "refs/pr/3", "sub/c d@1.gguf"),
    ],
)
def test_a_name_is_read_and_written(text, repo, revision, file):
    """What `models list` prints can be given back."""
    name = HubName.parse(text)
    assert (name.repo, name.revision, name.file, str(name)) == (repo, revision, file, text)


def test_the_main_branch_need_not_be_named():
    """One model, one name, one folder."""
    assert HubName.parse("hf:a/b@main:c") == HubName.parse("hf:a/b:c")


@pytest.mark.parametrize(
    "text",
    [
        "hf:",
        "hf:a/b",
        "hf:a/b:",
        "hf:b:c.gguf",
        "hf:a/b/c:d.gguf",
        "hf:../b:c.gguf",
        "hf:a/..:c.gguf",
        "hf:a/b..c:d.gguf",
        "hf:/a/b:c.gguf",
        "hf:a b/c:d.gguf",
        "hf:a/b@:c.gguf",
        "hf:a/b@../x:c.gguf",
        "hf:a/b@-x:c.gguf",
        "hf:a/b:../c.gguf",
        "hf:a/b:x/../../c.gguf",
        "hf:a/b:/etc/c.gguf",
        "hf:a/b:C:/c.gguf",
        "hf:a/b:x\\c.gguf",
        "hf:a/b:c\n.gguf",
        "hf:a/b:c\x00.gguf",
        "hf:a/b:c\u202e.gguf",
        "hf:a/b:.hidden/c.gguf",
        "hf:a/b:x//c.gguf",
        "hf:a/b:" + "c" * 300,
        "hf:a/b:" + "名" * 100,
        "a/b:c.gguf",
    ],
)
def test_a_name_with_tricks_is_refused_with_the_right_form(text):
    """Such a name could leave the folder of weights, or hide what it is."""
    with pytest.raises(
        ConfigurationError, match=r"no name of a model file of the hub.*Write hf:OWNER/REPO:FILE"
    ):
        HubName.parse(text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_leaves_its_folder(place, file):
    """Whatever is typed."""
    try:
        name = HubName.parse(f"hf:{place}:{file}")
    except ConfigurationError:
        return
    pieces = f"{name.folder}/{name.file}".split("/")
    assert pieces[0] == "_hub"
    assert not {"", ".", ".."} & set(pieces)


@pytest.mark.parametrize(
    ("part", "file"),
    [
        ("m-Q4_K_M.gguf", "m-Q4_K_M.gguf"),
        ("q4_k_m", "m-Q4_K_M.gguf"),
        ("Q4_0", "m-Q4_0.gguf"),
        ("4_4", "m-Q4_0_4_4.gguf"),
        ("Q4_XS", "m-IQ4_XS.gguf"),
        ("mmproj-m-Q8_0.gguf", "mmproj-m-Q8_0.gguf"),
    ],
)
def test_a_part_that_one_model_has_finds_it(part, file):
    """People know the quantisation, not the author's spelling."""
    assert HubName.parse(f"hf:a/b:{part}").choose(FILES, where="the hub").file == file


def test_a_part_that_several_have_is_refused_with_all_their_names():
    """A guess could cost gigabytes."""
    with pytest.raises(ModelNotFoundError) as caught:
        HubName.parse("hf:a/b:Q4_K").choose(FILES, where="the hub")
    assert str(caught.value) == (
        "In 'a/b' (main), the hub has several GGUF models called 'Q4_K'. Choose one:"
        "\n  hf:a/b:m-Q4_K_M.gguf\n  hf:a/b:m-Q4_K_S.gguf"
    )


def test_a_part_that_none_has_is_refused_with_what_there_is():
    """Also where there is a great deal, and where there is nothing."""
    with pytest.raises(ModelNotFoundError, match=r"no GGUF model called 'Q8_0'[\s\S]*… and 10 more"):
        HubName.parse("hf:a/b:Q8_0").choose([f"{n:02}.gguf" for n in range(30)], where="the hub")
    with pytest.raises(ModelNotFoundError, match=r"There is no file \*\.gguf there at all"):
        HubName.parse("hf:a/b:Q8_0").choose([], where="the hub")


def test_a_model_split_into_files_is_one_model():
    """llama.cpp loads the others of its own accord."""
    parts = [f"q/m-Q8_0-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    assert first_files([*parts, "README.md", "../x.gguf", "a\\b.gguf"]) == parts[:1]
    assert all_files(parts[0]) == parts
    assert all_files("m.gguf") == ["m.gguf"]


def test_a_plain_path_is_taken():
    """Folders, spaces and other scripts occur."""
    assert reason_against_path("UD Q4/模型-Q4_K_M.gguf") == ""
