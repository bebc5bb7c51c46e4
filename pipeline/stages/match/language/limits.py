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
MAX_WILDCARDS_OF_WORD = 4
MAX_WILDCARD_LETTERS = 60
"""Of a word with wildcards, they included: it is looked for in every place of a word, however long that is."""
FUZZY_LETTERS = {1: 5, 2: 9}
"""Letters a word needs at least for so many edits."""
MAX_EXPRESSIONS = 10
MAX_EXPRESSION_CHARACTERS = 500
MAX_EXPRESSION_PROGRAM = 1_000
"""Instructions of a compiled regular expression."""
