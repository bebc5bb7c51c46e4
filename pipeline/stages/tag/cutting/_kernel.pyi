"""The compiled kernel, as built from `kernel/`."""

from collections.abc import Callable

from pipeline.stages.tag.cutting.pieces import Kind, Term, Token, Word

VERSION: str
"""Of what it is handed and gives."""

Rules = tuple[bool, bool, Callable[[str, int], int], Callable[[str, int], list[Token]]]
"""Whether spaces part thousands and apostrophes stand in words; where a number ends, from a line in plain signs and its
start; the tokens of a line that has a link, from the line and its place."""

class Cutter:
    """Texts cut by classes of signs."""

    def __init__(self, fill_page: Callable[[int], bytes], /) -> None: ...
    def squeezed(self, text: str, /) -> str: ...
    def origins(self, text: str, /) -> bytes: ...
    def words(
        self,
        text: str,
        made: type[Word],
        bare: Callable[[str, int, int], tuple[int, int, bool]],
        judge: Callable[[str, Word | None], tuple[bool, bool]],
        /,
    ) -> list[Word]: ...
    def tokens(self, text: str, made: type[Token], kinds: tuple[Kind, ...], rules: Rules, /) -> list[Token]: ...
    def terms(
        self,
        text: str,
        made: type[Term],
        stops: frozenset[str],
        compound: Callable[[str, str, int, frozenset[str]], tuple[Term, ...]],
        letters: tuple[int, int],
        /,
    ) -> list[Term]: ...
