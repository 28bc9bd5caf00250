"""The second half of a report's page: its filters, and every question with the replies of all respondents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from roleagent.evaluation.markup import element, listed, quoted
from roleagent.evaluation.results import Result
from roleagent.evaluation.suite import Suite


def questions(suite: Suite, results: Mapping[str, Sequence[Result]], language: str) -> Iterator[Element]:
    """A heading, the filters, and each question.

    Args:
        suite: its scenes may have a language of their own.
        results: those of each respondent, by its name.
        language: that of all other scenes.
    """
    groups = _by_question(results)
    kinds = list(dict.fromkeys(group[0].kind for group in groups))
    languages = {scene.name: scene.language for scene in suite.scenes if scene.language}
    yield element("h2", "Replies", id="replies-heading")
    yield _filters(kinds, list(results))
    for group in groups:
        spoken = languages.get(group[0].scene, language)
        yield _question(group, list(results), kind=kinds.index(group[0].kind), language=spoken)


def _by_question(results: Mapping[str, Sequence[Result]]) -> list[list[Result]]:
    """The replies of all respondents and runs to one question together, in the order of the suite."""
    groups: dict[tuple[str, int], list[Result]] = {}
    for each in results.values():
        for result in each:
            groups.setdefault((result.scene, result.place), []).append(result)
    return list(groups.values())


def _filters(kinds: Sequence[str], respondents: Sequence[str]) -> Element:
    """Hidden until the script shows it, since it does nothing without."""
    which = [("", "all"), ("any", "a wrong one")]
    if len(respondents) > 1:
        which += ((f"{at}", f"{name} wrong") for at, name in enumerate(respondents))
    return element(
        "form",
        _choice("kind", "Kind", [("", "all"), *((f"{at}", kind or "–") for at, kind in enumerate(kinds))]),
        _choice("replies", "Replies", which),
        element("label", "Words", element("input", id="words", type="search"), class_="grow"),
        element("button", "Open all", type="button", id="open"),
        element("button", "Close all", type="button", id="close"),
        element("output", id="shown"),
        id="filters",
        class_="filters",
        hidden="",
        autocomplete="off",
        aria_label="Filter the questions",
    )


def _choice(name: str, label: str, options: Sequence[tuple[str, str]]) -> Element:
    choices = (element("option", text, value=value) for value, text in options)
    return element("label", label, element("select", *choices, id=name))


def _question(replies: Sequence[Result], respondents: Sequence[str], *, kind: int, language: str) -> Element:
    """One question, open if a reply to it is wrong."""
    first = replies[0]
    own = {name: [each for each in replies if each.respondent == name] for name in respondents}
    wrong = " ".join(
        f"{at}" for at, each in enumerate(own.values()) if not all(result.is_right for result in each)
    )
    columns = (
        element("div", *(_reply(result, language) for result in each)) for each in own.values() if each
    )
    return element(
        "details",
        element(
            "summary",
            quoted("h3", first.asked, lang=language),
            element("span", *(_mark(name, each) for name, each in own.items() if each), class_="marks"),
            quoted("span", " · ".join(filter(None, (first.kind, first.scene))), class_="soft"),
        ),
        element("div", *columns, class_="replies"),
        class_="question",
        data_kind=f"{kind}",
        data_wrong=wrong,
        **({"open": ""} if wrong else {}),
    )


def _mark(name: str, replies: Sequence[Result]) -> Element:
    right = sum(result.is_right for result in replies)
    sign = "✓" if right == len(replies) else "✗"
    count = f" {right} of {len(replies)}" if len(replies) > 1 else ""
    said = "right" if sign == "✓" else "wrong"
    sign_shown = element("span", f"{sign} ", role="img", aria_label=said)
    return element("span", sign_shown, quoted("bdi", name), count, class_="good" if sign == "✓" else "bad")


def _reply(result: Result, language: str) -> Element:
    mark, sign = ("right", "✓ right") if result.is_right else ("wrong", "✗ wrong")
    run = f", run {result.repeat + 1}" if result.repeat else ""
    cost = f"{result.seconds:.1f} s · {result.prompt_tokens} tokens read, {result.output_tokens} written"
    verdict = element("span", sign, class_="good" if result.is_right else "bad")
    return element(
        "div",
        element("h4", quoted("bdi", result.respondent), f"{run} ", verdict),
        quoted("blockquote", result.text, lang=language),
        listed(result.faults, class_="faults"),
        element("p", cost, class_="soft"),
        _folded("Left out of the prompt, which was too long", result.omitted, "en"),
        _folded("Said before", result.earlier, language),
        _folded("What it rests on", result.rests_on, language),
        class_=f"reply {mark}",
    )


def _folded(title: str, lines: Sequence[str], language: str) -> Element | None:
    """Lines behind their title; None if there are none."""
    if not lines:
        return None
    items = (quoted("li", line, lang=language) for line in lines)
    return element("details", element("summary", title), element("ul", *items), class_="more")
