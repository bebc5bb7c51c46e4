"""What one query may ask for: bounds that keep every watch cheap, whatever it says."""

MAX_CHARACTERS = 20_000
MAX_CLAUSES = 500
"""Words, phrases, fields and functions."""
MAX_WORDS = 100
"""Of one phrase."""
MAX_DEPTH = 50
"""Parentheses, functions and negations within each other."""
MAX_DISTANCE = 100
"""Words between two parts near each other."""
MAX_NEAR_PARTS = 10
"""Parts near each other in one chain or nest."""
MAX_TIMES = 100
"""Of `atleast3(…)`."""
MAX_ALIASES = 100
"""Of one actor spelled out in a query."""
MAX_VARIANTS = 2_000
"""Spellings of all actors spelled out in one query."""
FIXED_LETTERS = 3
"""Before the first wildcard of a word."""
MAX_WILDCARDS = 50
"""Words with wildcards, and fuzzy words, of a query."""
MAX_FITTING = 5_000
"""Different words of an article that a word with wildcards or a fuzzy one stands for: those that are there first. In no
language are there so many of three letters alike, but whoever makes up a page could make up millions."""
MAX_WILDCARDS_OF_WORD = 4
MAX_WILDCARD_LETTERS = 60
"""Of a word with wildcards, they included: the kernel keeps a bit of one number for each."""
FUZZY_LETTERS = {1: 5, 2: 9}
"""Letters a word needs at least for so many edits."""
MAX_EXPRESSIONS = 10
MAX_EXPRESSION_CHARACTERS = 500
MAX_EXPRESSION_PROGRAM = 1_000
"""Instructions of a compiled regular expression."""
