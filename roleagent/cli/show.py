"""Show the events of a turn in a terminal as they happen."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.status import Status
from rich.text import Text

from roleagent.cli.words import change_lines
from roleagent.language.scripts import BREAKS_ANYWHERE
from roleagent.language.unicode import without_codes
from roleagent.types import (
    Done,
    Event,
    Observed,
    Reading,
    Recalled,
    Repaired,
    Reply,
    Revised,
    TextDelta,
    ToolUsed,
    Verdict,
)
from roleagent.types.explanation import lifted_by

# A word with the space before it, or one character of a script without spaces between words.
_WORD = re.compile(rf"\s*[{BREAKS_ANYWHERE}]|\s*[^\s{BREAKS_ANYWHERE}]+|\s+")


class EventPrinter:
    """Prints a turn: what was perceived, then the reply as it is released.

    Args:
        speaker: name to put before the reply.
        details: also print facts, episodes, rejected drafts, verdicts and timings.
        language: of the lines about learned facts.
    """

    def __init__(
        self, console: Console, speaker: str, *, details: bool = False, language: str = "en"
    ) -> None:
        self._console, self._speaker, self._details = console, speaker, details
        self._language = language
        self._talking, self._column = False, 0
        self._num_rejected = 0
        self._status: Status | None = None

    def show(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, Reading):
            self._reading(event)
            return
        self.stop_status()
        match event:
            case Observed():
                self._observed(event)
            case Recalled() if self._details:
                self._recalled(event)
            case ToolUsed():
                use = event.use
                arguments = ", ".join(f"{name}={value!r}" for name, value in use.arguments.items())
                self._note("tool", f"{use.name}({arguments}) → {use.result}")
            case Revised():
                self._revised(event)
            case Repaired():
                self._repaired(event)
            case TextDelta():
                self._say(event.text)
            case Done():
                if self._num_rejected:  # the reply is not the first draft; `details` shows what was wrong
                    self._console.print(Text(f" {'↻' * self._num_rejected}", style="dim"), end="")
                    self._num_rejected = 0
                self._end_line()
                for handed in event.reply.grounds.handed_back:
                    self._note("handed back", f"{handed.attachment.name} → {handed.attachment.path}")
                for line in change_lines(event.reply.update, self._language):
                    self._line(line, "green" if self._details else "dim")
                if self._details:
                    self._accounts(event.reply)

    def _reading(self, event: Reading) -> None:
        """Show how far the model has read, on a line that disappears before the next output."""
        if event.done >= event.total or self._talking:
            self.stop_status()
            return
        label = "正在读" if self._language.startswith("zh") else "reading"
        line = f"{label} … {event.done / event.total:.0%}"
        if self._status is None:
            self._status = self._console.status(line)
            self._status.start()
        else:
            self._status.update(line)

    def stop_status(self) -> None:
        """Remove the progress line. Call this also if events end early."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _observed(self, event: Observed) -> None:
        found: dict[tuple[str, str], list[str]] = {}
        for seen in event.observations:
            found.setdefault((seen.source, seen.kind), []).append(seen.text)
        for (source, kind), texts in found.items():
            self._note(f"perceived · {source} · {kind}", " / ".join(texts))
        for warning in event.warnings:
            self._note(f"guard · {warning.critic}", f"{_fault(warning)} [in {warning.where}]", "yellow")

    def _recalled(self, event: Recalled) -> None:
        for fact in event.facts:
            self._note("fact", f"{fact.text}  {_score(fact.score)}{lifted_by(fact)}")
        for episode in event.episodes:
            who = "they" if episode.speaker == "user" else "I"
            self._note(
                "episode",
                f"{episode.at:%Y-%m-%d %H:%M} {who}: {episode.text_and_seen}  {_score(episode.score)}",
            )

    def _revised(self, event: Revised) -> None:
        if not self._details:
            self._num_rejected += 1
            return
        self._end_line()
        self._note("rejected draft", event.revision.draft, "yellow")
        for verdict in event.revision.verdicts:
            if not verdict.ok:
                self._note(f"critic · {verdict.critic}", _fault(verdict), "yellow")

    def _repaired(self, event: Repaired) -> None:
        if not self._details:
            self._num_rejected += 1
            return
        self._end_line()
        self._note("repaired sentence", f"“{event.repair.was}” → “{event.repair.now}”", "yellow")
        for verdict in event.repair.verdicts:
            if not verdict.ok:
                self._note(f"critic · {verdict.critic}", _fault(verdict), "yellow")

    def _say(self, text: str) -> None:
        if not self._talking:
            self._console.print(Text(f"{self._speaker}: ", style="bold cyan"), end="")
            self._talking, self._column = True, cell_len(f"{self._speaker}: ")
        for word in _WORD.findall(without_codes(text)):
            self._write(word)

    def _write(self, word: str) -> None:
        """Print a word with the space before it, on a new line if it does not fit."""
        width = cell_len(word)
        if self._column + width > self._console.width:
            self._console.print()
            word, self._column = word.lstrip(), 0
        self._console.print(Text(word), end="", soft_wrap=True)
        self._column += width

    def _accounts(self, reply: Reply) -> None:
        verdicts = ", ".join(f"{v.critic} {'passed' if v.ok else 'failed'}" for v in reply.verdicts)
        counted = f"{len(reply.revisions)} draft(s) rejected, {len(reply.repairs)} sentence(s) repaired"
        self._note("critics", f"{verdicts or 'none'}; {counted}")
        for verdict in reply.verdicts:
            if verdict.ok and verdict.reason:
                self._note(f"critic · {verdict.critic}", verdict.reason, "yellow")
        if reply.fell_back:
            self._note("fall-back", _fell_back_on(reply), "yellow")
        timings = " · ".join(
            f"{node} {ms:.0f} ms" if ms < 1000 else f"{node} {ms / 1000:.1f} s"
            for node, ms in reply.timings_ms.items()
        )
        self._note("time", timings)

    def _note(self, title: str, text: str, style: str = "dim") -> None:
        self._line(f"{title}: {text}", style)

    def _line(self, text: str, style: str) -> None:
        self._end_line()
        self._console.print(Padding(Text(without_codes(text), style=style), (0, 0, 0, 2), expand=False))

    def _end_line(self) -> None:
        if self._talking:
            self._console.print()
            self._talking = False


def _fell_back_on(reply: Reply) -> str:
    """Whose words the reply is, if no draft of the model passed as a whole."""
    verdicts = (verdict for revision in reply.revisions for verdict in revision.verdicts)
    critic = next((each.critic for each in verdicts if each.instead and each.instead in reply.text), "")
    if critic:
        return f"the answer of the critic {critic} was given"
    if any(revision.draft.strip().startswith(reply.text) for revision in reply.revisions):
        return "the answer ends before the rejected sentence"
    return "the persona's own line of declining was given"


def _fault(verdict: Verdict) -> str:
    quote = f" “{verdict.quote}”" if verdict.quote else ""
    cited = f" [cites {', '.join(verdict.evidence)}]" if verdict.evidence else ""
    return f"{verdict.reason}{quote}{cited}"


def _score(score: float | None) -> str:
    return "" if score is None else f"({score:.2f})"
