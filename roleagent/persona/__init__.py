"""Who somebody is: the persona as a value, as a listener may meet it, and as a document.

persona.py         the value: name, manner, examples, graph, lorebooks
view.py            the persona as one listener may meet it at one moment of its story: `view`
withheld.py cleaning.py     what that leaves out, in the graph and in every text
spoken.py rendering.py      macros expanded; a persona in another language
address.py pronouns.py      facts as one says them to the character, and as it says them itself
document.py fields.py       the layout of a persona file
problems.py check.py build.py       a document -> a persona, or all that is wrong with it
compose.py merge.py         `extends`: one document over another
as_document.py              a persona -> a document
lint.py                     what is allowed and probably not meant
identity.py                 ids, and whether an edited persona is still the same
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.persona.persona import (
        Horizon as Horizon,
        Persona as Persona,
    )
    from roleagent.persona.rendering import rendered as rendered

_HOME_OF = {
    "Horizon": "roleagent.persona.persona",
    "Persona": "roleagent.persona.persona",
    "rendered": "roleagent.persona.rendering",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
