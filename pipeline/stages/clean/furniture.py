"""Lines that stand round an article on its page, told by their shape and their words, in the newsroom's languages.

1. Who wrote it: a byline word and names, a label and whoever follows it, or an author the page names elsewhere.
2. When: `calendar`.
3. What a reader may do: every word is one of buttons, counters and platforms (share, print, 12 comments, 512 views).
4. Labels that give a line away by its beginning: reading time, tags, sections, editors, who is to be told of mistakes.
5. Calls: follow us there, support us, tell us.
6. Rights and disclaimers.

A line of several parts with a separator between them is one when a part says who or when, and the others are names.
"""

import re

from pipeline.stages.clean import calendar, labels
from pipeline.stages.clean.words import count, key

BYLINE, DATE, BUTTON, LABEL, CALL, LEGAL = "byline", "date", "button", "label", "call", "legal"

_PARTS = re.compile(r"\s+[|—–/-]\s+|\s*[|·•]\s*|\s{3,}")
_PARTING = re.compile(r"[|·•—–/-]|\s{3}")
"""What no line of several parts is without."""
_LONGEST, _LONGEST_BYLINE = 300, 160
_SHORTEST_PROSE = 14
"""Words: a line of more is no call, whatever it begins with."""
_MOST_NAMES = 14
_MOST_LABELLED = 7
_CASELESS = re.compile(r"[\u0590-\u08ff\u3040-\u30ff\u3400-\u9fff]")
_INITIALS = re.compile(r"(?:[^\W\d_]\.[ -]?){1,4}(?:\(.{2,60}\))?")
_PLACE = re.compile(r"\s*(?:(?:à|au|en|in|aus|from|at|в|из|у|з|із)\s+)?[^\W\d_]\S*(?:[ -][^\W\d_]\S*){0,2}")
_DATELINE = re.compile(r"[^\W\d_][^,()]{1,30},\s*([^()]{3,40}?)\s*(?:\([^()]{2,40}\))?")
_SHOWN = labels.TOOLS | labels.PLATFORMS | labels.WITH_TOOLS


def kind_of(line: str, words: str, *, at_edge: bool, authors: frozenset[str], names: frozenset[str]) -> str | None:
    """What the line is, whose key is `words`; None for a line that may be the article's own.

    `at_edge`: it stands where a text begins or ends. `authors` and `names` are keys: of people the page says wrote it,
    of the site and the section.
    """
    if len(line) > _LONGEST:
        return None
    if (at_edge or words in authors) and is_byline(line, authors):
        return BYLINE
    if at_edge and (calendar.is_moment(line) or _is_dateline(line)):
        return DATE
    if at_edge and (words in names or words in labels.KICKERS):
        return LABEL
    found = _by_words(line, words, names, at_edge=at_edge)
    if found is not None or not at_edge:
        return found
    return CALL if labels.CONTACT.match(line) else _of_parts(line, authors, names)


def is_byline(line: str, authors: frozenset[str]) -> bool:
    """The line names who wrote the article, and little else."""
    if len(line) > _LONGEST_BYLINE:
        return False
    bare = calendar.without_moment(line)
    if (authors and key(bare) in authors) or _INITIALS.fullmatch(bare):
        return True
    label = labels.BY_LABEL.match(bare)
    if label is not None:
        return count(bare[label.end() :]) <= _MOST_LABELLED and not bare.endswith((".", "!", "?"))
    by = labels.BY.match(bare)
    return by is not None and are_names(_without_role(bare[by.end() :]))


def goes_with(before: str, line: str) -> bool:
    """What belongs to the furniture above it: a reporter's office below the name, a list below `Tags`."""
    if line.endswith((".", "!", "?", "…", "”", "»")):
        return False
    if labels.TAGS_KEY.fullmatch(key(before)) or labels.LABELLED_KEY.fullmatch(key(before)):
        return True
    return count(line) <= _MOST_LABELLED and labels.ROLE.search(line) is not None


def named_in(line: str) -> str | None:
    """The names a byline gives, as written; None for a line that has no byline word."""
    bare = calendar.without_moment(line) if len(line) <= _LONGEST_BYLINE else ""
    by = labels.BY_LABEL.match(bare) or labels.BY.match(bare)
    found = _without_role(bare[by.end() :]) if by is not None else ""
    return found if are_names(found) else None


def are_names(text: str) -> bool:
    """Names and what joins them; in scripts without capitals, two to four words."""
    words = [word.strip(",;") for word in text.replace("&", "and").split()]
    if not words or len(words) > _MOST_NAMES or text.endswith((".", "!", "?", ":")) or any(map(_has_digit, words)):
        return False
    if _CASELESS.search(text):
        return 2 <= len(words) <= 4
    inner = all(_is_capitalised(word) or word in labels.PARTICLES or word in labels.JOINING for word in words)
    return inner and words[0][:1].isupper() and words[-1][:1].isupper()


def _by_words(line: str, words: str, names: frozenset[str], *, at_edge: bool) -> str | None:
    if _is_tools(words, at_edge=at_edge):
        return BUTTON
    if _is_labelled(line, words, at_edge=at_edge) or _is_tagged(line, words):
        return LABEL
    if _is_call(line, words, names):
        return CALL
    is_rights = labels.RIGHTS_KEY.is_in(words, words)
    return LEGAL if is_rights or (line.startswith("©") and count(line) <= _SHORTEST_PROSE) else None


def _is_tools(words: str, *, at_edge: bool) -> bool:
    """A platform's name alone is a heading, where it stands amid a text."""
    shown = words.split()
    if not all(word in _SHOWN or word.isdigit() for word in shown):
        return False
    telling = labels.TOOLS | labels.PLATFORMS if at_edge else labels.TOOLS
    return any(word in telling and word not in labels.TOO_COMMON for word in shown)


def _is_labelled(line: str, words: str, *, at_edge: bool) -> bool:
    """Amid a text such a beginning may be a sentence's."""
    if labels.LABELLED_KEY.match(words) is None and labels.LABELLED.match(line) is None:
        return False
    return at_edge or (count(line) <= _MOST_LABELLED and line[-1:] not in ".!?")


def _is_tagged(line: str, words: str) -> bool:
    tagged = labels.TAGS_KEY.match(words)
    if tagged is None or line[-1:] in ".!?":
        return False
    return tagged.end() == len(words) or ":" in line[: tagged.end() + 3]


def _is_call(line: str, words: str, names: frozenset[str]) -> bool:
    is_call = labels.CALL_KEY.match(words) is not None
    if not (is_call or labels.APPEAL_KEY.match(words)) or count(line) > _SHORTEST_PROSE:
        return False
    is_ours = labels.OURS_KEY.search(words) is not None
    if is_call:
        named = set(words.split()) & labels.PLATFORMS - labels.TOO_COMMON
        return bool(named) and (is_ours or len(named) > 1 or line[-1:] not in ".!?")
    return is_ours or any(name in words for name in names if len(name) > 3)


def _of_parts(line: str, authors: frozenset[str], names: frozenset[str]) -> str | None:
    parts = [part.strip() for part in _PARTS.split(line) if part.strip()] if _PARTING.search(line) else []
    if len(parts) < 2:
        return None
    kinds = [_part_kind(part, authors, names) for part in parts]
    telling = [kind for kind in kinds if kind in (BYLINE, DATE, LABEL, BUTTON)]
    return telling[0] if telling and all(kinds) else None


def _part_kind(part: str, authors: frozenset[str], names: frozenset[str]) -> str | None:
    if is_byline(part, authors):
        return BYLINE
    if calendar.is_moment(part):
        return DATE
    return _by_words(part, key(part), names, at_edge=True) or (
        "name" if are_names(part) or key(part) in names else None
    )


def _without_role(text: str) -> str:
    """Names without what they are: `Jane Doe, Staff Writer`, `Jane Doe (Ostrel)`."""
    bare = re.sub(r"\s*\([^()]{2,60}\)\s*$", "", text)
    head, comma, rest = bare.partition(",")
    is_apart = bool(comma) and (labels.ROLE.search(rest) is not None or _PLACE.fullmatch(rest) is not None)
    return head if is_apart else bare.strip(" ,;")


def _is_dateline(line: str) -> bool:
    """A place, a moment, an agency, with no words after them: `OSTREL, Nov 12 (Meridian Wire)`."""
    found = _DATELINE.fullmatch(line)
    return found is not None and not line.endswith(".") and calendar.is_moment(found.group(1))


def _is_capitalised(word: str) -> bool:
    """Also behind an elided article: `d'Exemple`."""
    return word[:1].isupper() or (word[1:2] in ("'", "’") and word[2:3].isupper())


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))
