"""CSV: facts as rows, the whole persona in one file."""

from __future__ import annotations

import csv

import pytest

from roleagent.errors import PersonaFileError
from roleagent.formats.load import load_persona
from roleagent.formats.own.csv_triples import read
from roleagent.formats.save import save_persona
from roleagent.persona.problems import Place, ReadError

HEAD = '# roleagent {"roleagent": 1, "id": "a"}\n'


def test_the_table_is_one_that_any_csv_reader_reads(small, tmp_path):
    """The standard library's among them, once it has skipped the comments."""
    save_persona(load_persona(small), tmp_path / "ada.csv")
    lines = (tmp_path / "ada.csv").read_text().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert len(rows) == 5
    assert (rows[2]["source"], rows[2]["relation"], rows[2]["target"]) == ("ada", "friend_of", "babbage")
    assert rows[2]["fixed"] == "true"


def test_values_may_hold_commas_quotes_and_line_breaks():
    """Every one in quotes, as RFC 4180 has it."""
    text = HEAD + 'source,relation,target,text\na,likes,"b ""x"", y","two\nlines"\na,likes,c\n'
    edges = read(text)["edges"]
    assert edges[0] == {"source": "a", "relation": "likes", "target": 'b "x", y', "text": "two\nlines"}
    assert edges[1].place == Place(5, 1)
    assert edges[0].value_places["text"] == Place(3, 22)


def test_the_last_row_needs_no_line_end():
    """Also where its last cell is empty."""
    text = HEAD + "source,relation,target,text\na,likes,b,"
    assert read(text)["edges"] == [{"source": "a", "relation": "likes", "target": "b"}]
    assert read(text + "x")["edges"] == [{"source": "a", "relation": "likes", "target": "b", "text": "x"}]


def test_windows_line_ends_are_line_ends():
    """Spreadsheets write them."""
    assert read(HEAD + "source,relation,target\r\na,likes,b\r\n")["edges"] == [
        {"source": "a", "relation": "likes", "target": "b"}
    ]


def test_a_list_is_json_under_a_name_that_says_so():
    """Who may learn a fact."""
    text = HEAD + 'source,relation,target,visibility__json\na,likes,b,"[""c""]"\n'
    assert read(text)["edges"][0]["visibility"] == ["c"]


def test_mistakes_are_reported_with_line_and_column(small, tmp_path):
    """In the table and in the comments."""
    path = tmp_path / "ada.csv"
    save_persona(load_persona(small), path)
    text = path.read_text()
    path.write_text(text.replace("friend_of,babbage", "friend_of,babbag"))
    line = text[: text.index("ada,friend_of")].count("\n") + 1
    with pytest.raises(PersonaFileError, match=rf"csv:{line}:15: .*'babbag' is not a node. Did you mean"):
        load_persona(path)
    path.write_text(text.replace('"type": "place"', '"type": "plaice"', 1))
    line = text[: text.index('"type": "place"')].count("\n") + 1
    with pytest.raises(PersonaFileError, match=rf"csv:{line}:\d\d: 'plaice' is not a node type"):
        load_persona(path)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("source,relation,target\na,likes,b\n", 1, "there is no line '# roleagent {…}'"),
        ("", 1, "there is no line"),
        (HEAD, 2, "the columns must be named here: source,relation,target"),
        (HEAD + "a,likes,b\n", 2, "the columns must be named here"),
        (HEAD + "source,relation,target\na,b,c,d\n", 3, "4 values, but there are 3 columns"),
        (HEAD + 'source,relation,target\na,"b"x,c\n', 3, "a comma or the end of the line is expected"),
        (HEAD + 'source,relation,target\na,"b,c\n', 3, "a comma or the end of the line is expected"),
        ("# roleagent {]\n", 1, "not well-formed JSON"),
        ("# roleagent 1\n", 1, "a table {…} is expected after '# roleagent'"),
        (HEAD + HEAD, 2, "key 'roleagent' stands here a second time"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(text, line, message):
    """A row that slipped would be a wrong fact."""
    with pytest.raises(ReadError) as caught:
        read(text)
    assert message in caught.value.message
    assert caught.value.place.line == line
