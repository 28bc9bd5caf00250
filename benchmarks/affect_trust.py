"""Where trust goes in talks with a kind, a rude, an apologetic and a mixed user: numbers and a picture."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from langchain_core.embeddings import Embeddings

from roleagent.embedding.embedders import embed
from roleagent.gnn.affect import AffectHead
from roleagent.gnn.relationship import STRANGER, mood_of, updated
from roleagent.types import Relationship, Tone

TALKS = Path(__file__).parent / "data" / "trust_talks.toml"
_COLOURS = {"kind": "#1a7f4b", "rude": "#b3261e", "apologetic": "#2457a6", "mixed": "#8a6d1f"}
_LEFT, _TOP, _WIDTH, _HEIGHT = 56.0, 44.0, 560.0, 240.0
_FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A talk, and the relationship after each of its turns.

    Attributes:
        user: ``kind``, ``rude``, ``apologetic`` or ``mixed``.
        after: the relationship after each turn.
    """

    language: str
    user: str
    said: Sequence[str]
    tones: Sequence[Tone]
    after: Sequence[Relationship]

    @property
    def trust(self) -> list[float]:
        """At the start, and after each turn."""
        return [STRANGER.trust, *(each.trust for each in self.after)]

    def is_as_expected(self) -> bool:
        """Whether trust went where people would expect it.

        A kind user gains, a rude one loses most of it, an apology gives back a part of what an insult took,
        and a mixed user ends near the start.
        """
        trust, lowest = self.trust, min(self.trust)
        match self.user:
            case "kind":
                return trust[-1] > STRANGER.trust + 0.1 and lowest > STRANGER.trust - 0.03
            case "rude":
                return trust[-1] < STRANGER.trust / 2
            case "apologetic":
                return lowest < STRANGER.trust - 0.1 and lowest + 0.05 < trust[-1] <= STRANGER.trust + 0.05
            case _:
                return abs(trust[-1] - STRANGER.trust) < 0.1 and lowest < STRANGER.trust - 0.05


def talks(embedder: Embeddings, head: AffectHead, path: Path = TALKS) -> Iterator[Talk]:
    """Each talk of the file, as the head hears it."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    for language, users in told.items():
        for user, said in users.items():
            tones = head.tones(said, embed(embedder, said))
            state, after = STRANGER, []
            for tone in tones:
                state = updated(state, tone)
                after.append(state)
            yield Talk(language=language, user=user, said=said, tones=tones, after=after)


def show(held: Sequence[Talk]) -> Mapping[str, float]:
    """Print trust over the turns; returns its end in each talk."""
    turns = " ".join(f"{number:>4}" for number in range(13))
    print(f"\nTrust before the talk and after each turn\n{'':14} {turns}")
    for talk in held:
        numbers = " ".join(f"{each:4.2f}".removeprefix("0").rjust(4) for each in talk.trust)
        moods = [mood_of(each, resting=STRANGER) for each in talk.after]
        told = f"told to the model in {sum(map(bool, moods))} turns" if any(moods) else "nothing is told"
        mark = "as expected" if talk.is_as_expected() else "NOT AS EXPECTED"
        print(f"{talk.language} {talk.user:11} {numbers}  {mark}; {told}")
    return {f"trust_{talk.language}_{talk.user}": round(talk.trust[-1], 3) for talk in held}


def picture(held: Sequence[Talk]) -> str:
    """Trust over the turns as an SVG: a line for each user, dashed for Chinese."""
    num_turns = max(len(talk.said) for talk in held)

    def place(turn: int, trust: float) -> tuple[float, float]:
        return _LEFT + _WIDTH * turn / num_turns, _TOP + _HEIGHT * (1 - trust)

    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 120:.0f} '
            f'{_TOP + _HEIGHT + 56:.0f}" font-family="{_FONT}" font-size="12">',
            "<title>Trust over a talk</title>",
            '<rect width="100%" height="100%" fill="#fdfdfb"/>',
            f'<text x="{_LEFT}" y="24" font-size="15" font-weight="600" fill="#1f2733">'
            "Trust over a talk, after each turn of the user</text>",
            *_axes(num_turns, place(0, 0), place(num_turns, 1)),
            *(_line(talk, [place(*each) for each in enumerate(talk.trust)]) for talk in held),
            *_legend(held),
            "</svg>\n",
        )
    )


def _axes(num_turns: int, low: tuple[float, float], high: tuple[float, float]) -> Iterator[str]:
    for tenth in range(0, 11, 2):
        y = low[1] + (high[1] - low[1]) * tenth / 10
        yield f'<path d="M{low[0]:.1f} {y:.1f}H{high[0]:.1f}" stroke="#e3e6ea"/>'
        at = f'x="{low[0] - 8:.1f}" y="{y + 4:.1f}" text-anchor="end" fill="#5b6676"'
        yield f"<text {at}>{tenth / 10}</text>"
    for turn in range(num_turns + 1):
        x = low[0] + (high[0] - low[0]) * turn / num_turns
        yield f'<text x="{x:.1f}" y="{low[1] + 18:.1f}" text-anchor="middle" fill="#5b6676">{turn}</text>'
    middle = (low[0] + high[0]) / 2
    yield f'<text x="{middle:.1f}" y="{low[1] + 38:.1f}" text-anchor="middle" fill="#5b6676">turn</text>'


def _line(talk: Talk, points: Sequence[tuple[float, float]]) -> str:
    path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if talk.language == "zh" else ""
    title = escape(f"{talk.user}, {talk.language}")
    return (
        f'<path d="{path}" fill="none" stroke="{_COLOURS[talk.user]}" stroke-width="2"{dash}>'
        f"<title>{title}</title></path>"
    )


def _legend(held: Sequence[Talk]) -> Iterator[str]:
    x = _LEFT + _WIDTH + 14
    for number, user in enumerate(dict.fromkeys(talk.user for talk in held)):
        y = _TOP + 20 + 22 * number
        yield f'<path d="M{x} {y - 4}h18" stroke="{_COLOURS[user]}" stroke-width="3"/>'
        yield f'<text x="{x + 24}" y="{y}" fill="#1f2733">{escape(user)}</text>'
    yield f'<text x="{x}" y="{_TOP + 124}" fill="#5b6676">dashed: Chinese</text>'
