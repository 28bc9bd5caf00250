"""Which language a text is in, as far as a character has to keep its own.

Small models slip into Spanish, or from Chinese into English. Few words tell languages apart: the short ones
that every sentence needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from roleagent.language.scripts import num_unspaced
from roleagent.language.sentences import letters
from roleagent.language.tokens import words

_FEWEST = 4  # such words, before a text is taken for foreign
_FEWEST_LETTERS = 8
_LEAST = 0.2  # share of Chinese letters, below which a text is not Chinese

_SHORT_WORDS: Mapping[str, str] = {
    "English": (
        "the and of to is was are were that this it in my your you he she they we not with for have "
        "has had be been will would there what who which from by at on as but or an do did does me "
        "him her his our"
    ),
    "Spanish": (
        "el los las una del que es está están por para con su sus mi mis yo usted ustedes pero como "
        "más muy fue eran ser soy tengo tiene cuando donde lo le se al y de en la un he ha"
    ),
    "French": (
        "le les des du une est et dans pour avec sur mon ma mes vous nous je il elle ils elles qui "
        "que ne pas mais très était sont suis aux ce cette son ses au de la un en"
    ),
    "German": (
        "der die das und ist nicht ein eine einen ich sie wir ihr mein meine mit auf für von zu dem "
        "den des war waren sind bin hat haben aber auch wie es er im am"
    ),
    "Italian": (
        "il lo gli della delle del che è sono per con mio mia tuo suo non più molto era come quando "
        "dove ho ha di la un una nel alla e"
    ),
    "Portuguese": (
        "o os as da das do dos uma que é são por para com seu sua meu minha não mais muito foi como "
        "quando onde eu você ele ela tenho tem em um e no na de"
    ),
}
_NAMES: Mapping[str, str] = {
    "English": "english 英语 英文",
    "Spanish": "spanish español 西班牙",
    "French": "french français 法语 法文 法国",
    "German": "german deutsch 德语 德文 德国",
    "Italian": "italian italiano 意大利",
    "Portuguese": "portuguese português 葡萄牙",
}


@cache
def _short_words(language: str) -> frozenset[str]:
    return frozenset(_SHORT_WORDS[language].split())


def foreign_language(text: str, language: str) -> str:
    """The language of a text, if it is clearly another one; empty if it is not, or nobody could tell.

    >>> foreign_language("He aquí lo que he vivido junto con otros.", "en")
    'Spanish'
    >>> foreign_language("I was at the Café de la Paix.", "en")
    ''
    >>> foreign_language("I live up there, in the hills of the north.", "zh")
    'English'

    Args:
        text: what was said.
        language: what it should be in: ``en`` or ``zh``; of others nothing is said. Chinese in place of
            English is not told, since a line of it may be a quotation.
    """
    num_letters = len(letters(text))
    if num_letters < _FEWEST_LETTERS or num_unspaced(text) >= _LEAST * num_letters:
        return ""
    own = {"en": "English", "zh": "Chinese"}.get(language[:2])
    spoken = _spoken(text) if own else ""
    return spoken if spoken != own else ""


def names_language(text: str, language: str) -> bool:
    """Whether a text names a language, as in "Say it in French".

    >>> names_language("用英语说一遍", "English")
    True
    """
    said = text.casefold()
    return any(name in said for name in _NAMES[language].split())


def _spoken(text: str) -> str:
    """The language with the alphabet in which most short words of a text are; empty if it is not clear."""
    said = words(text)  # "El Paso" is a name
    counts = {language: sum(word in _short_words(language) for word in said) for language in _SHORT_WORDS}
    best = max(counts, key=lambda language: counts[language])
    clear = counts[best] >= _FEWEST and (best == "English" or counts[best] > 2 * counts["English"])
    return best if clear else ""
