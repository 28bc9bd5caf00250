"""What every other program's format must do, whatever the file: read, keep, and give back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from roleagent.errors import PersonaFileError
from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Format, Report
from roleagent.formats.own.yaml_file import YAML
from roleagent.formats.values import as_table
from roleagent.persona.as_document import persona_document
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona
from roleagent.persona.problems import ReadError

LONGEST_S = 5.0
_TEXT = st.one_of(
    st.sampled_from(["", "{{user}}: Hi\n{{char}}: Ho", "\x00", "\ud800", "1e308", "Ada", "a, b", "../x"]),
    st.text(max_size=20),
)
_PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from([1e308, 10**400]), _TEXT
)


def junk(keys: list[str]) -> st.SearchStrategy[Any]:
    """Arbitrary JSON in which these keys are likely."""
    names = st.one_of(st.sampled_from(keys), st.text(max_size=5))
    return st.recursive(
        _PLAIN,
        lambda each: st.one_of(st.lists(each, max_size=4), st.dictionaries(names, each, max_size=6)),
        max_leaves=25,
    )


def read(data: bytes, foreign: Format, report: Report | None = None) -> Persona:
    """The persona that a file stands for."""
    return build_persona(as_table(foreign.read(data, report or Report())), source="")


def write(persona: Persona, foreign: Format, report: Report | None = None) -> bytes:
    """The file that a persona becomes."""
    return bytes_in(persona, foreign, report or Report())


def content(data: bytes, foreign: Format) -> tuple[Any, dict[str, bytes]]:
    """What is in a file, however it is laid out."""
    archive = foreign.layout.unpack(data, Report())
    return archive.raw, dict(archive.files)


def through_yaml(persona: Persona) -> Persona:
    """The persona after it was written to our own file and read again."""
    data = bytes_in(persona, "yaml", Report())
    return build_persona(YAML.read(data, Report()), source="")


def check_comes_back(data: bytes, foreign: Format) -> Persona:
    """A file comes back as it was, at once and through a file of our own."""
    persona = read(data, foreign)
    report = Report()
    assert content(write(persona, foreign, report), foreign) == content(data, foreign)
    assert report.is_lossless, list(report.lines())
    assert content(write(through_yaml(persona), foreign), foreign) == content(data, foreign)
    return persona


def check_travels_whole(persona: Persona, foreign: Format) -> bytes:
    """A persona of any origin comes back whole from a file that has a place for it."""
    report = Report()
    data = write(persona, foreign, report)
    assert report.is_lossless, list(report.lines())
    assert read(data, foreign) == persona
    assert read(write(read(data, foreign), foreign), foreign) == persona
    return data


def edited(data: bytes, foreign: Format, change: Callable[[dict[str, Any]], None]) -> Any:
    """The JSON of a file after its persona's document was changed."""
    document = persona_document(read(data, foreign))
    change(document)
    return content(write(build_persona(as_table(document), source=""), foreign), foreign)[0]


def check_survives(data: bytes, foreign: Format) -> None:
    """Whatever a file holds: a persona or an error that one can read, and soon."""
    start = time.thread_time()
    try:
        persona = read(data, foreign)
        write(persona, foreign)
    except (ReadError, PersonaFileError):
        return
    finally:
        assert time.thread_time() - start < LONGEST_S
