"""What is read off a text: one thing that the speaker says of themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from roleagent.persona.updates import Candidate, Stance
from roleagent.types import Turn, content_id

_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something that the speaker says of themselves; `Candidate` tells what the shared names mean.

    Attributes:
        relation: from the speaker to the value; None where only a known fact can tell.
        value: what it is; None in an ending that names no value ("I got divorced").
        node_type: what the value becomes in the graph.
        kind: a further word on the value, such as ``cat``.
    """

    relation: str | None
    value: str | None
    node_type: str = "literal"
    kind: str = ""
    stance: Stance = "holds"
    instead_of: str | None = None
    corrects: bool = False
    replaces: bool = False
    is_vague: bool = False
    valid_from: str | None = None
    valid_to: str | None = None

    @property
    def ends(self) -> bool:
        """Whether the claim is that something holds no more, or never did."""
        return self.stance in ("ended", "held", "never")


def claim_label(claim: Claim) -> str:
    """What the value's node is called: "Tom (cat)" for a cat called Tom."""
    value = claim.value or ""
    if not claim.kind:
        return value
    return f"{value}（{claim.kind}）" if _CJK.search(claim.kind) else f"{value} ({claim.kind})"


def as_candidate(claim: Claim, *, confidence: float, evidence: tuple[str, ...]) -> Candidate:
    """A claim as the rules take it."""
    return Candidate(
        relation=claim.relation,
        value=None if claim.value is None else claim_label(claim),
        node_type=claim.node_type,
        aliases=(claim.value,) if claim.kind and claim.value else (),
        stance=claim.stance,
        instead_of=claim.instead_of,
        corrects=claim.corrects,
        replaces=claim.replaces,
        is_vague=claim.is_vague,
        valid_from=claim.valid_from,
        valid_to=claim.valid_to,
        confidence=confidence,
        evidence=evidence,
    )


def episode_id(turn: Turn) -> str:
    """Id of the episode that keeps what the user said in a turn."""
    return content_id(turn.id, "user")
