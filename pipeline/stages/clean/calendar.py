"""Lines that say when and nothing else: `Publié le 12/11/2026 à 07h30`, `Stand: 12.11.2026, 14:05 Uhr`, `3 hours ago`.

A line is one when each of its words is a number or a word of dates, and there is a number beside a month, a weekday or
a label, or a date in figures; a label may stand alone. Words are compared by `words.key`.
"""

import re
from datetime import date

from pipeline.stages.clean.words import key


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in key(text).split())


_MONTH_ROWS = (
    "January February March April May June July August September October November December",
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "Jänner Feber Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "янв фев мар апр май июн июл авг сен окт ноя дек",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "januari februari maart april mei juni juli augustus september oktober november december",
)
"""From January on; `words.key` of no word stands for two months."""
_MONTHS = {word: number for row in _MONTH_ROWS for number, word in enumerate(key(row).split(), 1)}
_LEVANTINE_MONTHS = _words("كانون شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين الأول الثاني")
_WEEKDAYS = _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Tues Wed Thu Thurs Fri Sat Sun",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonnabend Sonntag Mo Di Mi Do Fr Sa So",
    "понедельник вторник среда четверг пятница суббота воскресенье",
    "понеділок вівторок середа четвер п'ятниця субота неділя",
    "الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    "lunes martes miércoles jueves viernes sábado domingo segunda terça quarta quinta sexta feira",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
)
_LABELS = _words(
    "published publication posted updated update modified released created",
    "publié publiée parution actualisé modifié",
    "veröffentlicht aktualisiert erschienen Stand Datum",
    "опубликовано опубликована обновлено обновлена публикации дата добавлено",
    "опубліковано опублікована оновлено публікації додано",
    "نشر نشرت تحديث التحديث النشر تاريخ",
    "publicado atualizado actualizado pubblicato aggiornato opublikowano aktualizacja",
)
_BETWEEN = _words(
    "on at the of first last date time ago hours hour minutes minute days day a an am pm gmt utc cet cest",
    "est edt et bst pst pdt pt cst mst",
    "le à mis mise jour le il y a heures heure minutes jours h min dernière fois modification",
    "am um den der vor Uhr Stunden Stunde Minuten Minute Tagen zuletzt",
    "в во г год года назад час часа часов минут минуты минуту мск по последнее обновление",
    "о об р рік року тому година години годин хвилин хвилини за київським часом",
    "في آخر الساعة بتوقيت غرينتش منذ ساعة ساعات دقيقة دقائق يوم م ص تم",
    "de del às as em il alle o godz",
)
_RELATIVE = _words(
    "today yesterday hier aujourd'hui gestern heute вчера сегодня вчора сьогодні اليوم أمس ago vor назад тому منذ",
)
_OF_DATES = _MONTHS.keys() | _LEVANTINE_MONTHS | _WEEKDAYS | _LABELS | _BETWEEN | _RELATIVE
_TELLING = _MONTHS.keys() | _LEVANTINE_MONTHS | _WEEKDAYS | _LABELS | _RELATIVE
# `12`, `12th`, `07h30`, and what is left of `12T10:15:00Z`.
_NUMBER = re.compile(r"\d+[^\W\d]{0,2}\d*")
_IN_FIGURES = re.compile(r"\b\d{1,4}[./:-]\d{1,2}([./:-]\d{1,4})?\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
# Patterns, and where each has its year, month and day.
_IN_NUMBERS = (
    (re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)"), (1, 2, 3)),
    (re.compile(r"\b(\d{1,2})[.-](\d{1,2})[.-](\d{4})\b"), (3, 2, 1)),
)
_TOKEN = re.compile(r"\S+")
_LONGEST = 160


def is_moment(line: str) -> bool:
    """The line says when, and nothing else."""
    words = key(line).split() if len(line) <= _LONGEST else []
    return bool(words) and all(map(is_word, words)) and _tells(line, words)


def without_moment(line: str) -> str:
    """The line without a moment at its end: `Par Jeanne Exemple, publié le 12 mars 2026` → `Par Jeanne Exemple`."""
    if len(line) > _LONGEST or not all(map(_may_date, line.rsplit(None, 1)[-1:])) or is_moment(line):
        return line
    start = None
    for match in reversed(list(_TOKEN.finditer(line))[1:]):
        if not _may_date(match.group()):
            break
        start = match.start() if is_moment(line[match.start() :]) else start
    return line if start is None else line[:start].rstrip(" ,;|·•—–-(/")


def day_in(line: str, *, is_day_first: bool) -> date | None:
    """The day a line states first, with its year. 3/4/2026 is one only where `is_day_first`: elsewhere it has two."""
    for pattern, (year, month, day) in _IN_NUMBERS:
        found = pattern.search(line)
        if found is not None:
            return _day(int(found[year]), int(found[month]), int(found[day]))
    found = _SLASHED.search(line)
    if found is not None:
        one, other, year = map(int, found.groups())
        if is_day_first or one > 12 or one == other:
            return _day(year, other, one)
        return _day(year, one, other) if other > 12 else None
    return _named_day(key(line).split())


def _named_day(words: list[str]) -> date | None:
    """`12 novembre 2026`, `November 12, 2026`: a month with a day and a year near it."""
    for place, word in enumerate(words):
        if word in _MONTHS:
            near = [*words[max(place - 1, 0) : place], *words[place + 1 : place + 3]]
            days = [int(number) for number in near if number.isdecimal() and len(number) <= 2]
            years = [int(number) for number in near if number.isdecimal() and len(number) == 4]
            if days and years:
                return _day(years[0], _MONTHS[word], days[0])
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_word(word: str) -> bool:
    """The word, as `words.key` gives it, may stand in a date."""
    return word in _OF_DATES or _NUMBER.fullmatch(word) is not None


def _may_date(token: str) -> bool:
    return all(map(is_word, key(token).split()))


def _tells(line: str, words: list[str]) -> bool:
    if any(map(str.isdigit, line)):
        return _IN_FIGURES.search(line) is not None or any(word in _TELLING for word in words)
    return any(word in _LABELS for word in words)
