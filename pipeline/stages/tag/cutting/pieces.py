"""What a text is cut into: words as the rules for names read them, tokens as figures do, terms as keywords do."""

from enum import Enum
from typing import NamedTuple

from pipeline.stages.tag.lexicon import words as lexicon


class Word(NamedTuple):
    """A word of a text; offsets in the text."""

    start: int
    end: int
    text: str
    folded: str
    is_joined: bool
    """Only a space stands before it, or an abbreviation's full stop and a space."""
    begins_sentence: bool
    is_capitalised: bool
    """It begins with a capital, behind a written-on article too: al-Assad."""

    @property
    def is_particle(self) -> bool:
        """Whether it is a small word that stands inside names."""
        return self.text in lexicon("particles")

    @property
    def is_initial(self) -> bool:
        """Whether it is one letter or dotted letters: J., J.K."""
        return len(self.text) == 1 or "." in self.text


class Kind(Enum):
    """What a token is."""

    NUMBER = 1
    WORD = 2
    SIGN = 3


# Members of an enumeration are slow to reach by its name: a tenth of the time that figures took.
NUMBER, WORD, SIGN = Kind


class Token(NamedTuple):
    """A piece of the text; `text` is a word folded, anything else in plain signs."""

    start: int
    end: int
    kind: Kind
    text: str
    is_capital: bool = False
    """Whether a word begins with a capital."""


class Term(NamedTuple):
    """A word that an article may be about: as written, as compared, and where it begins."""

    text: str
    key: str
    start: int
