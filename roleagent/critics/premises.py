"""What somebody takes for granted of the character, and nothing that it knows bears out.

"How is your sister Clara?" presumes a sister; "Why did you sell the lighthouse?" presumes a sale; "Lend me
your telephone" presumes that the word means something. A language model plays along with all three. Such
words are held against the persona, its graph and the talk, and what they do not hold becomes a note for the
model, and for the critic that reads its draft (`PremiseCritic`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from roleagent.critics.agreement import agrees, names_agree
from roleagent.critics.consistency import Claim, contradicted, read_claims, templates_of
from roleagent.critics.horizon import words_beyond
from roleagent.critics.text import compile_pattern, is_lead, plain, read_table, sentences
from roleagent.graph.cache import LastUsed
from roleagent.graph.graph import PersonaGraph
from roleagent.language.dates import MONTHS, WEEKDAYS
from roleagent.language.numbers import read_number
from roleagent.language.scripts import has_han
from roleagent.language.sentences import is_question, split_sentences
from roleagent.language.tokens import stem, terms
from roleagent.persona.address import by_character, to_character
from roleagent.persona.referents import referents
from roleagent.protocols import Scene
from roleagent.types import Doubt, Episode, Fact, Verdict, content_id

_MAX_DOUBTS = 3
_SHORTEST_UNSPACED = 2
_MOST_CHARS = 2_000  # of a message that are read for premises
_BORNE_OUT = 0.5  # share of a clause's telling words that one known sentence must hold
_BORNE_OUT_UNSPACED = 0.34  # the same for pairs of characters, of which few are words
_CALENDAR = frozenset(
    (*MONTHS, *WEEKDAYS, "Christmas", "Easter", "God", "Sir", "Madam", "Mr", "Mrs", "Miss", "Dr")
)
_AS_FIRST_PERSON = (
    (re.compile(r"\byou are\b|\byou're\b", re.I), "I am"),
    (re.compile(r"\byou were\b", re.I), "I was"),
    (re.compile(r"\byours?\b", re.I), "my"),
    (re.compile(r"\byou\b", re.I), "I"),
    (re.compile(r"[你您]"), "我"),
)
_LEAD = re.compile(r"^(?:in|on|at|near|to|the) +", re.I)
_PAST = re.compile(r"\b(?:were|was|did|had|used|when|began|started|first)\b|当年|那时|小时候", re.I)
_ASKED = re.compile(
    r"[的哪谁吗]|什么|多少|\b(?:what|which|where|who|whom)\b", re.I
)  # a value that is asked for
_AS_SECOND_PERSON = (
    (r"\bI am\b", "you are"),
    (r"\bI was\b", "you were"),
    (r"\bI\b", "you"),
    (r"\bmy\b", "your"),
)


def doubts_about(said: str, scene: Scene, *, history: Iterable[Episode] = ()) -> tuple[Doubt, ...]:
    """What a user takes for granted of the character that nothing bears out.

    Args:
        said: the user's words.
        scene: the persona and the graph that this user may know.
        history: this conversation so far.
    """
    text, known = plain(said[:_MOST_CHARS]), _Known(scene, (*history, *scene.grounds.episodes))
    found = (
        *_beyond_horizon(text, known),
        *_of_claims(text, known),
        *_of_kin(text, known),
        *(doubt for sentence in sentences(text) for doubt in _of_sentence(sentence, known)),
    )
    kept: list[Doubt] = []
    for doubt in found:
        if not any(doubt.quote in other.quote or other.quote in doubt.quote for other in kept):
            kept.append(doubt)
    return tuple(kept[:_MAX_DOUBTS])


class _Told:
    """Sentences, and the words in them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.sentences = [plain(each) for text in texts for each in split_sentences(text)]

    @cached_property
    def telling(self) -> Sequence[frozenset[str]]:
        """The telling words of each sentence."""
        return [frozenset(telling_words(each)) for each in self.sentences]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The stems of all words."""
        return frozenset(stem(term) for each in self.sentences for term in terms(each))


_CANONS = LastUsed(8)


def _canon(graph: PersonaGraph) -> _Told:
    """What a persona's own graph says; read once, however large it is."""

    def read() -> tuple[PersonaGraph, _Told]:
        named = (
            f"{' '.join((each.label, *each.aliases))}: {each.description}" for each in graph.nodes.values()
        )
        return graph, _Told((*(fact.text for fact in graph.facts.values()), *named))

    told: _Told
    _, told = _CANONS.get(id(graph), read)  # kept beside the graph, so that its id stays its own
    return told


class _Known:
    """Everything that the character has before it."""

    def __init__(self, scene: Scene, talk: Iterable[Episode]) -> None:
        self.scene, self.persona, self.graph = scene, scene.persona, scene.graph
        self.language = "chinese" if self.persona.language.startswith("zh") else "english"
        self.table: Mapping[str, Any] = read_table("premises")[self.language]  # Any: TOML
        self.talk = tuple(talk)

    def doubt(self, why: str, quote: str, *, facts: Sequence[Fact] = (), **values: str) -> Doubt:
        """What the notes and answers of the table say, with the facts that are so instead."""
        words = {"quote": quote, **values}
        answers = self.table["answers"][why]
        answer = answers[int(content_id(quote), 16) % len(answers)].format(**words)
        told = " ".join(to_character(fact.text, self.persona) for fact in facts)
        own = " ".join(by_character(fact.text, self.persona) for fact in facts)
        note = str(self.table["notes"][why].format(**words))
        return Doubt(
            quote=quote,
            note=f"{note} {told}".strip(),
            answer=f"{answer} {own}".strip(),
            evidence=tuple(fact.id for fact in facts),
            kind=why,
        )

    @cached_property
    def _parts(self) -> tuple[_Told, _Told]:
        persona, grounds = self.persona, self.scene.grounds
        texts = (
            persona.summary, persona.personality, persona.scenario, persona.greeting, *persona.speech,
            *persona.rules, *(each.reply for each in persona.examples), *self._borne_out_by_talk(),
            *grounds.lore, *grounds.surroundings,
            *(each.text for each in grounds.observations), *(each.text for each in grounds.learned),
        )  # fmt: skip
        return _Told(texts), _canon(persona.graph)

    def _borne_out_by_talk(self) -> Iterator[str]:
        """What earlier talk is evidence of: not what was asked, nor what was said of the character."""
        denials = [compile_pattern(each, {}) for each in self.table["denials"]["patterns"]]
        addressed, own = (compile_pattern(self.table[name], {}) for name in ("addressed", "own_affairs"))
        for episode in self.talk:
            yield from (seen.text for seen in episode.observations)
            for sentence in split_sentences(plain(episode.text)):
                if is_question(sentence):
                    continue
                if episode.speaker == "persona":
                    if not any(denial.search(sentence) for denial in denials):
                        yield sentence
                elif own.search(sentence) and not addressed.search(sentence):
                    yield sentence

    def holds_of_own(self, pattern: str) -> bool:
        """Whether something is said of the character: in its facts, or as "your" or "my" in its texts."""
        facts = self.graph.facts_of(self.persona.node_id)
        english = rf"\b(?:your|my|his|her|their|own) (?:\w+ ){{0,2}}{pattern}"
        owned = rf"[你我他她]的?(?:{pattern})" if self.language == "chinese" else english
        of_own = re.compile(owned, re.I)
        in_facts = re.compile(pattern, re.I)
        return any(of_own.search(each) for each in self._parts[0].sentences) or any(
            in_facts.search(fact.text) for fact in facts
        )

    def holds(self, pattern: str) -> bool:
        """Whether any sentence matches."""
        compiled = re.compile(pattern, re.I)
        return any(compiled.search(each) for part in self._parts for each in part.sentences)

    def holds_word(self, word: str) -> bool:
        """Whether any sentence holds a word, in any form."""
        if has_han(word):
            return any(word in each for part in self._parts for each in part.sentences)
        return all(any(stem(term) in part.vocabulary for part in self._parts) for term in terms(word))

    def bears_out(self, wanted: frozenset[str]) -> bool:
        """Whether some sentence holds enough of the words of a clause."""
        share = _BORNE_OUT_UNSPACED if any(map(has_han, wanted)) else _BORNE_OUT
        return any(
            len(wanted & known) >= share * len(wanted) for part in self._parts for known in part.telling
        )


def _beyond_horizon(text: str, known: _Known) -> Iterator[Doubt]:
    """Words that the character cannot know, and that the talk has not made familiar."""
    talk = " ".join(each.text for each in known.talk if each.speaker == "user").casefold()
    for word in dict.fromkeys(words_beyond(text, known.persona.horizon)):
        if word.casefold() in talk:
            continue
        yield known.doubt("word", word)


# ── kin ──────────────────────────────────────────────────────────────────────────────────


def _of_kin(text: str, known: _Known) -> Iterator[Doubt]:
    """Relatives and animals of the character, by their kind and by their name."""
    for match in _kin_pattern(known.language).finditer(text):
        words, name = match["kin"], match["name"]
        entry = next(
            entry
            for entry in read_table("premises")["kin"]
            if re.fullmatch(entry[known.language], words, re.I)
        )
        own_id = known.persona.node_id
        relatives = [fact for name_ in entry["relations"] for fact in known.graph.values(own_id, name_)]
        pattern = entry[known.language] if known.language == "chinese" else rf"\b(?:{entry['english']})\b"
        quote = match.group().strip()
        if name and relatives and not known.holds(rf"\b{re.escape(name)}\b"):
            yield known.doubt("no_named_kin", quote, facts=relatives[:2], kin=words, name=name)
        elif not relatives and not entry.get("everybody") and not known.holds_of_own(pattern):
            yield known.doubt("no_kin", quote, kin=words)


@cache
def _kin_pattern(language: str) -> re.Pattern[str]:
    table = read_table("premises")
    return compile_pattern(
        table[language]["kin"], {"kin": "|".join(entry[language] for entry in table["kin"])}
    )


# ── values that facts speak of ───────────────────────────────────────────────────────────


def _of_claims(text: str, known: _Known) -> Iterator[Doubt]:
    """What is said of the character, held against its facts as if it had said it of itself."""
    scene = known.scene
    templates = templates_of(scene.graph, scene.persona.language)
    for match in compile_pattern(known.table["claims"], {}).finditer(_with_subject(text)):
        clause = match.group()
        for pattern, first in _AS_FIRST_PERSON:
            clause = pattern.sub(first, clause)
        for claim in read_claims(clause, templates):
            against = None if _ASKED.search(claim.value) else contradicted(claim, scene)
            fact = against or _other_value(claim, scene)
            if fact is not None and not _is_named(claim.value, fact, scene):
                quote = _said_of_you(claim.quote)
                yield known.doubt("other", quote, facts=[fact])


def _is_named(value: str, fact: Fact, scene: Scene) -> bool:
    """Whether a value names the true one in fewer words, or in more."""
    true, said = scene.graph.nodes[fact.object], _LEAD.sub("", re.split("[,，]", value)[0].strip())
    return any(names_agree(said, name) for name in (true.label, *true.aliases))


def _other_value(claim: Claim, scene: Scene) -> Fact | None:
    """The fact whose value a claim does not name; a value that cannot be compared may still be the same."""
    relation = {"born": "born_in"}.get(claim.relation, claim.relation)
    facts = scene.graph.values(scene.persona.node_id, relation) if claim.subject == "I" else ()
    is_name = re.search(r"\b[A-Z]", claim.value) is not None or has_han(claim.value)
    if (
        claim.denied
        or _ASKED.search(claim.value)
        or not is_name
        or len(facts) != 1
        or relation in ("is", "is_called")
    ):
        return None
    return facts[0] if agrees(claim.value, facts[0], scene) is None else None


_AS_ONE = re.compile(
    r"\b(?:as|being) (?:somebody|someone|a (?:man|woman|person)|one)(?: who (?:is|was))? "
    r"(?=born|raised|living|married)",
    re.IGNORECASE,
)
_MARRIED = re.compile(r"\bdid you marry\b", re.IGNORECASE)


def _with_subject(text: str) -> str:
    """The same text with "you were born in Lisbon" for "as somebody born in Lisbon"."""

    def you(found: re.Match[str]) -> str:
        return "you were " if found.string.startswith("born", found.end()) else "you are "

    return _AS_ONE.sub(you, _MARRIED.sub("you married", text))


def _said_of_you(quote: str) -> str:
    """A claim in the first person, said to the character again."""
    for one, other in _AS_SECOND_PERSON:
        quote = re.sub(one, other, quote)
    return re.split("[,，]", quote.replace("我", "你"))[0].strip()


# ── sentences about the character's life ─────────────────────────────────────────────────


def _of_sentence(sentence: str, known: _Known) -> Iterator[Doubt]:
    """Names, values, ages and events that a sentence takes for granted of the one it speaks to."""
    table = known.table
    if not compile_pattern(table["addressed"], {}).search(sentence):
        return
    if not is_question(sentence) and not _is_tagged(sentence):
        return
    yield from _of_age(sentence, known)
    yield from _of_values(sentence, known, of_you=True)
    if re.search(table["own_affairs"], sentence):  # "I" is no word in small letters
        return
    facts = _facts_meant(sentence, known)
    for match in re.finditer(table["names"], sentence) if facts else ():
        name = re.sub(r"'s?$", "", match["value"])
        is_known = known.graph.mentioned_in(name) or known.holds(rf"\b{re.escape(name)}\b")
        if name.split()[0] not in _CALENDAR and not is_known:
            yield known.doubt("name", name, facts=facts)
    yield from _of_values(sentence, known, of_you=False)
    yield from _of_events(sentence, known)


def _is_tagged(sentence: str) -> bool:
    return "?" in sentence or "？" in sentence


def _of_age(sentence: str, known: _Known) -> Iterator[Doubt]:
    facts = known.graph.values(known.persona.node_id, "aged")
    if _PAST.search(sentence):
        return
    match = compile_pattern(known.table["age"], {}).search(sentence)
    number = read_number(match["value"]) if match else None
    if match is None or number is None or len(facts) != 1:
        return
    if number != read_number(known.graph.nodes[facts[0].object].label):
        yield known.doubt("other", match.group(), facts=facts)


def _facts_meant(sentence: str, known: _Known) -> Sequence[Fact]:
    """The facts of the character that a sentence speaks of: its birthplace, its teacher."""
    meant = referents(sentence, known.graph, known.persona.node_id, language=known.persona.language)
    facts = known.graph.facts_of(known.persona.node_id)
    return [fact for fact in facts if fact.valid_to is None and {fact.subject, fact.object} & set(meant)][:1]


def _of_values(sentence: str, known: _Known, *, of_you: bool) -> Iterator[Doubt]:
    """Trades, instruments and animals that are taken for the character's own.

    Args:
        sentence: addressed to the character.
        known: what is known.
        of_you: take the patterns that say "you" themselves, or the others.
    """
    for entry in known.table["values"]:
        if entry.get("of_you", False) is not of_you or not compile_pattern(entry["beside"], {}).search(
            sentence
        ):
            continue
        for match in compile_pattern(entry["pattern"], {}).finditer(sentence):
            value = next(filter(None, match.groups()), "")
            is_asked = _ASKED.search(value) or (has_han(value) and len(value) < _SHORTEST_UNSPACED)
            if (
                value
                and not is_asked
                and any(telling_words(value))
                and not known.holds_word(value.split()[-1])
            ):
                yield known.doubt("value", value)


def _of_events(sentence: str, known: _Known) -> Iterator[Doubt]:
    for pattern, fewest in known.table["events"]:
        match = compile_pattern(pattern, {}).search(sentence)
        if match is None:
            continue
        clause = match["clause"].strip(" ,，")
        wanted = frozenset(telling_words(clause))
        if len(wanted) >= fewest and not known.bears_out(wanted):
            yield known.doubt("unknown", clause)
            return


def telling_words(text: str) -> Iterator[str]:
    """The words that say what a clause is about; pairs of characters in Chinese."""
    for term in terms(text):
        if has_han(term):
            if len(term) > 1:
                yield term
        elif term not in _stop_words() and len(term) > 1:
            yield stem(term)


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(read_table("premises")["english"]["stop"].split())


# ── the critic ───────────────────────────────────────────────────────────────────────────

NAME = "premise"
_HEAD = 600  # characters of a draft that are read
_WAITS = 2  # sentences within which a reply has to deny what is not so


class PremiseCritic:
    """Rejects a draft that takes over what the graph does not bear out, and says how to begin instead."""

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the first sentences, in which what is not so has to be denied, or what is so to be told."""
        doubts, head = scene.grounds.doubts, draft[:_HEAD]
        if not doubts or scene.judged >= _HEAD:
            return Verdict(critic=NAME, ok=True)
        said = sentences(head)[:_WAITS]
        if not said or any(_sets_right(plain(head), doubt, scene) for doubt in doubts):
            return Verdict(critic=NAME, ok=True)
        may_follow = not complete and len(said) < _WAITS and (is_question(said[0]) or is_lead(said[0]))
        if may_follow:
            return Verdict(critic=NAME, ok=True)
        doubt = doubts[0]
        return Verdict(
            critic=NAME,
            ok=False,
            reason=f"It goes along with “{doubt.quote}”. {doubt.note}",
            quote=said[0],
            evidence=doubt.evidence,
            instead=doubt.answer,
        )


_DENIABLE = frozenset(
    map(
        stem,
        [
            "have",
            "own",
            "keep",
            "know",
            "recall",
            "remember",
            "do",
            "recognise",
            "recognize",
            "believe",
            "live",
        ],
    )
)


def _sets_right(draft: str, doubt: Doubt, scene: Scene) -> bool:
    """Whether a draft denies a premise, is puzzled by a strange word, or tells what is so instead."""
    language = "chinese" if scene.persona.language.startswith("zh") else "english"
    table = read_table("premises")[language]["denials"]
    patterns = table["puzzled" if doubt.kind == "word" else "patterns"]
    if any(compile_pattern(each, {}).search(draft) for each in patterns):
        return True
    if doubt.kind != "word" and "verb" in table:
        own = {stem(term) for term in terms(doubt.quote)} | _DENIABLE
        denied = compile_pattern(table["verb"], {}).finditer(draft)
        if any(stem(found["verb"].lower()) in own for found in denied):
            return True
    facts = (scene.graph.facts.get(fact_id) for fact_id in doubt.evidence)
    return any(fact is not None and _names(draft, fact, scene) for fact in facts)


def _names(draft: str, fact: Fact, scene: Scene) -> bool:
    node = scene.graph.nodes[fact.object]
    return any(name.casefold() in draft.casefold() for name in (node.label, *node.aliases))
