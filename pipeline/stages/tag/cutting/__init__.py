"""A text cut into the pieces that the rules of tagging read: by the compiled kernel where it could be built.

`plain.py` says in patterns what the pieces are; `compiled.py` gives the same, several times faster, and asks it about
the few pieces that classes of signs cannot decide.
"""

try:
    from pipeline.stages.tag.cutting.compiled import origins, squeezed, terms, tokens, words
except ImportError:  # no compiler where Tocsin was installed
    from pipeline.stages.tag.cutting.plain import origins, squeezed, terms, tokens, words

    IS_BUILT = False
else:
    IS_BUILT = True

from pipeline.stages.tag.cutting.pieces import NUMBER, SIGN, WORD, Term, Token, Word
from pipeline.stages.tag.cutting.plain import SPACED_GROUPS

__all__ = [
    "IS_BUILT",
    "NUMBER",
    "SIGN",
    "SPACED_GROUPS",
    "WORD",
    "Term",
    "Token",
    "Word",
    "origins",
    "squeezed",
    "terms",
    "tokens",
    "words",
]
