"""The catalogue is sound, can be extended, and says exactly what is wrong with a broken one."""

from __future__ import annotations

import pytest

from roleagent.errors import ConfigurationError, ModelNotFoundError
from roleagent.weights.catalog import entries, find, in_set, parse
from roleagent.weights.entry import HubSource, Wheel, WheelSource

ENTRY = """
[models.mine]
role = "llm"
licence = "MIT"
description = "Mine."
files = [{{ path = "{path}", size = 3, sha256 = "{sha256}" }}]
sources = [{source}]
{more}
"""


def entry(*, path="mine.gguf", sha256="0" * 64, source="", more=""):
    return ENTRY.format(path=path, sha256=sha256, source=source, more=more)


def test_every_built_in_file_can_be_had_from_wheels(settings):
    """A machine that reaches package registries alone must be able to get every model."""
    for model in entries(settings).values():
        (wheels,) = [source for source in model.sources if isinstance(source, WheelSource)]
        covered = {path for wheel in wheels.wheels for path in wheel.members.values()}
        assert covered == {file.path for file in model.files}, model.name


def test_the_hub_is_tried_before_wheels(settings):
    """The authors' own repository comes first where it is known."""
    for model in entries(settings).values():
        kinds = [source.kind for source in model.sources]
        assert kinds in (["hub", "wheels"], ["wheels"]), model.name


@pytest.mark.parametrize(
    ("name", "llm", "asr"),
    [("test", "smollm2-135m", "whisper-tiny.en"), ("demo", "qwen2.5-1.5b", "whisper-base")],
)
def test_a_set_holds_one_model_for_every_role(settings, name, llm, asr):
    """The tests and the demo each need all the senses, once; embedders, for all languages and for English."""
    chosen = {model.role: model.name for model in in_set(name, settings) if model.name != "use-m3"}
    assert len(in_set(name, settings)) == 9
    assert (chosen["llm"], chosen["asr"], chosen["embedder"]) == (llm, asr, "bge-small-en")
    assert set(chosen) == {"llm", "asr", "embedder", "reranker", "tagger", "nsfw", "ocr", "guard"}


def test_the_test_set_is_smaller_than_the_demo_set(settings):
    """Whoever only runs the tests downloads little."""
    small, large = (sum(model.size for model in in_set(name, settings)) for name in ("test", "demo"))
    assert small < 400e6 < large


def test_an_unknown_name_is_answered_with_the_nearest(settings):
    """A typing slip is put right without opening a list."""
    with pytest.raises(ModelNotFoundError, match=r"no model 'Qwen2.5-1.5'. Did you mean 'qwen2.5-1.5b'"):
        find("Qwen2.5-1.5", settings)


def test_an_unknown_set_is_answered_with_the_known_ones(settings):
    """Likewise for sets."""
    with pytest.raises(ModelNotFoundError, match=r"no set 'tests'. Known: demo, test"):
        in_set("tests", settings)


def test_the_users_catalogue_adds_to_the_built_in_one(settings):
    """A user's own weights are used by name like any other."""
    settings.models_dir.mkdir(parents=True)
    text = entry(source='{ kind = "path", path = "/models/mine.gguf" }')
    (settings.models_dir / "catalog.toml").write_text(text)
    assert find("mine", settings).size == 3
    assert find("use-m3", settings).role == "embedder"


def test_the_users_entry_replaces_a_built_in_one_of_that_name(settings):
    """A user may point a known name at a mirror."""
    settings.models_dir.mkdir(parents=True)
    (settings.models_dir / "catalog.toml").write_text(entry().replace("models.mine", "models.guardian"))
    assert find("guardian", settings).description == "Mine."


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[models]\nx =\n", "not valid TOML.*line 2"),
        (entry(path="../mine.gguf"), r"models\.mine\.files\.0\.path: .*'\.\./mine\.gguf'"),
        (entry(path="/etc/passwd"), "is not a plain relative path"),
        (entry(path="C:/mine.gguf"), "is not a plain relative path"),
        (entry(sha256="abc"), r"models\.mine\.files\.0\.sha256: .*'abc'"),
        (entry(more='colour = "red"'), r"models\.mine\.colour: Extra inputs"),
        (entry(more='main = "other.gguf"'), r"'other\.gguf' is not among the entry's files"),
        (entry(source='{ kind = "ftp" }'), r"models\.mine\.sources\.0"),
        (entry().replace("models.mine", "models.'../mine'"), r"models\.\.\./mine\.name"),
        ("models = 3", "models: .*not 3"),
        ("[models]\nmine = 3", r"models\.mine: .*not 3"),
    ],
)
def test_a_broken_catalogue_names_place_and_value(text, complaint):
    """Whoever writes one by hand is told where to look; a path never leaves the entry's folder."""
    with pytest.raises(ConfigurationError, match=rf"mine.toml: .*{complaint}"):
        parse(text, where="mine.toml")


def test_an_unreadable_catalogue_is_one_clear_error(settings):
    """Bytes that are no text do not end in a stack trace."""
    settings.models_dir.mkdir(parents=True)
    (settings.models_dir / "catalog.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"catalog.toml: cannot be read"):
        entries(settings)


def test_a_wheels_name_tells_its_requirement():
    """What pip is asked for is not written down twice."""
    wheel = Wheel(file="some_package_part1-1.2.0-py3-none-any.whl", size=0, sha256="0" * 64, members={})
    assert wheel.requirement == "some-package-part1==1.2.0"


def test_sources_say_what_they_are():
    """Error messages name the source that failed."""
    wheels = [
        Wheel(file=f"part{number}-1.0-py3-none-any.whl", size=0, sha256="0" * 64, members={})
        for number in (1, 2, 3)
    ]
    assert str(WheelSource(wheels=wheels)) == "the wheels part1==1.0 … part3==1.0"
    assert str(WheelSource(wheels=wheels[:1])) == "the wheel part1==1.0"
    assert str(HubSource(repo="a/b")) == "the hub repository a/b@main"


def test_names_of_the_hub_are_not_the_catalogues_to_give():
    """They stand for what was pulled, with the hub's own hash."""
    text = entry().replace("[models.mine]", '[models."hf:a/b:c.gguf"]')
    with pytest.raises(ConfigurationError, match=r"only `roleagent models pull` gives"):
        parse(text, where="x")
    with pytest.raises(ConfigurationError, match=r"lower-case letters"):
        parse(entry().replace("[models.mine]", '[models."../mine"]'), where="x")


def test_an_adapter_is_tied_to_its_base(settings):
    """It cannot be used without, and nothing else has one."""
    entry = (
        '[models.x]\nrole = "{role}"\nlicence = "MIT"\ndescription = "x"\nsources = []\n{tied}\n'
        'files = [{{ path = "x", size = 0, sha256 = "' + "0" * 64 + '" }}]\n'
    )
    tied = parse(entry.format(role="adapter", tied='base = "tiny"\npersona = "ada"'), where="x")["x"]
    assert (tied.base, tied.persona) == ("tiny", "ada")
    with pytest.raises(ConfigurationError, match="an adapter needs base"):
        parse(entry.format(role="adapter", tied=""), where="x")
    with pytest.raises(ConfigurationError, match="only an adapter has base"):
        parse(entry.format(role="llm", tied='base = "tiny"'), where="x")
