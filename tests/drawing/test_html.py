"""The page stands alone and takes everything from the persona's file for data."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from roleagent.drawing.html import draw_html, html_text
from roleagent.errors import StoreError
from roleagent.formats.load import load_persona
from roleagent.graph.graph import PersonaGraph

EVIL = "</script><img src=x onerror=alert(1)>{{SCRIPT}}\u2028'\"&"


class Page(HTMLParser):
    """What a browser would make elements of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.content: dict[str, str] = {}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        self.content[self._inside] = self.content.get(self._inside, "") + data


@pytest.fixture
def evil(small):
    """A persona in which each text tries to break out of the page."""
    persona = load_persona(small)
    nodes = [
        dataclasses.replace(node, label=EVIL, aliases=(EVIL,), description=EVIL) if node.id != "ada" else node
        for node in persona.graph.nodes.values()
    ]
    facts = [dataclasses.replace(fact, text=EVIL) for fact in persona.graph.facts.values()]
    graph = PersonaGraph(nodes=nodes, facts=facts, relations=persona.graph.relations)
    return dataclasses.replace(persona, name=EVIL, summary=EVIL, graph=graph)


def test_a_label_can_neither_end_the_script_nor_add_an_element(evil, small):
    """A persona file may come from anywhere; its author must not run code in the reader's browser."""
    page, harmless = Page(html_text(evil)), Page(html_text(load_persona(small)))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
    assert "img" not in {tag for tag, _ in page.tags}
    assert EVIL in {node["label"] for node in json.loads(page.content["data"])["nodes"]}


def test_only_our_script_may_run(evil):
    """The second line of defence: the browser refuses any script of another hash."""
    page = Page(html_text(evil))
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(page.content["script"].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_the_page_loads_nothing(small):
    """It must work offline, and tell nobody that it was opened."""
    page = Page(html_text(load_persona(small)))
    assert not [attrs for _, attrs in page.tags if "src" in attrs or "href" in attrs]
    assert not re.search(r"@import|url\((?!#)|fetch\(|innerHTML|import\(", html_text(load_persona(small)))


def test_every_node_and_fact_is_on_the_page(small):
    """The picture is of the whole persona."""
    persona = load_persona(small)
    data = json.loads(Page(html_text(persona)).content["data"])
    assert {node["id"] for node in data["nodes"]} == set(persona.graph.nodes)
    assert {link["text"] for link in data["links"]} == {fact.text for fact in persona.graph.facts.values()}
    assert [node["label"] for node in data["nodes"] if node["own"]] == ["Ada Lovelace"]


def test_a_folder_that_is_not_there_is_named(small, tmp_path):
    """One line, no stack trace."""
    with pytest.raises(StoreError, match=r"'.*page\.html' cannot be written: No such file"):
        draw_html(load_persona(small), tmp_path / "no" / "page.html")
