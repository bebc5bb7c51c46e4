"""The figures an article gives: numbers with their unit, what they count, and what befell those counted.

In order:

1. One pass cuts the text into numbers, words and signs (`../cutting`). What is written like a code is none: `F-16`,
   `10:30`, `14.07.2023`, `0800`, `2nd`, `3-1`.
2. Numbers are read as their language writes them: digits, words, multipliers, ranges, vague words as ranges
   (`numbers.py`).
3. A unit or currency stands right beside the number (`units.py`).
4. Numbers that count nothing are passed over: dates, years, times of day, ages, `Article 5`, `one in five`
   (`uncounted.py`).
5. The words before and behind say how the number is meant, what it counts and what befell them (`context.py`). An
   event is told only of people.
"""

from pipeline.stages.tag.figures.stage import MOST, figures

__all__ = ["MOST", "figures"]
