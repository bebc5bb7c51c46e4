"""What an article quotes directly, and who said it.

In order:

1. Stretches between quotation marks of four words or more count (`marks.py`); a name's or a title's marks hold fewer.
2. A verb of saying with its subject in the same sentence, before or behind, tells the speaker; so does `according to`,
   a name before a colon, or a name behind a dash (`cues.py`). Words that name somebody only as another's master
   (`a spokesman for Jane Roe`) tell that the speaker is not named: nothing is recorded then.
3. Several paragraphs that open with the mark again are one speaker's. Quoted words that go on behind `X said.` are X's.
4. A pronoun is the last fitting person's. Whole quoted sentences with no cue are the speaker's before, or else the
   last person's that the paragraph names. Both are marked as carried over (`speakers.py`).
"""

from pipeline.stages.tag.quotations.stage import MOST, quotations

__all__ = ["MOST", "quotations"]
