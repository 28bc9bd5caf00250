"""What decides about an entry before its keys are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roleagent.persona.lore.activation import LoreSettings, Reason
from roleagent.persona.lore.index import Rule
from roleagent.persona.lore.state import Effect, digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The point of the conversation at which a prompt is made.

    Attributes:
        effects: timed effects that are not over, by book and entry.
        num_messages: of the conversation so far.
        num_replies: of these, the character's.
    """

    settings: LoreSettings
    effects: Mapping[tuple[str, str], Effect]
    num_messages: int
    num_replies: int

    def effect_on(self, book: str, rule: Rule) -> Effect | None:
        """The timed effect on an entry; none if the entry was edited since."""
        effect = self.effects.get((book, rule.original.id))
        return effect if effect and effect.digest == digest_of(book, rule.original) else None


ENTERS: frozenset[Reason] = frozenset({"activate", "kept", "sticky"})


def gate(rule: Rule, book: str, moment: Moment) -> Reason | None:
    """What settles the matter without keys: a reason to enter (one of ENTERS) or to stay out, or None."""
    entry, directives = rule.entry, rule.directives
    if not entry.enabled:
        return "disabled"
    if not entry.content.strip():
        return "empty"
    if directives.activate:
        return "activate"
    if directives.dont_activate:
        return "dont_activate"
    effect = moment.effect_on(book, rule)
    if effect is not None and directives.keep_after_match:
        return "kept"
    if effect is not None and directives.once:
        return "once"
    return _not_for_this_prompt(rule, moment) or _not_yet(rule, moment, effect)


def _not_for_this_prompt(rule: Rule, moment: Moment) -> Reason | None:
    entry, settings = rule.entry, moment.settings
    if entry.triggers and settings.trigger not in entry.triggers:
        return "trigger"
    name = settings.char.casefold()
    if entry.only_for and name not in {each.casefold() for each in entry.only_for}:
        return "character"
    if name in {each.casefold() for each in entry.not_for}:
        return "character"
    greeting = rule.directives.greeting
    if greeting is not None and settings.greeting not in (None, greeting):
        return "greeting"
    return None


def _not_yet(rule: Rule, moment: Moment, effect: Effect | None) -> Reason | None:
    if effect is not None and effect.is_sticky(moment.num_messages):
        return "sticky"
    if effect is not None and effect.is_resting(moment.num_messages):
        return "cooldown"
    if moment.num_replies < rule.directives.only_after:
        return "only_after"
    if moment.num_replies % rule.directives.only_every:
        return "only_every"
    return "delay" if moment.num_messages < rule.entry.delay else None
