"""Lines of an extracted text: what stands round an article leaves it, and what only looks like that stays."""

from datetime import date

import pytest

from pipeline.stages.clean import calendar, furniture
from pipeline.stages.clean.lines import Known, keep_own
from pipeline.stages.clean.words import keys_of

PROSE = {
    "en": "The council met on Tuesday and heard the engineers who are to mend the lock before winter comes.",
    "fr": "Le conseil s'est réuni mardi et a entendu les ingénieurs qui doivent réparer l'écluse avant l'hiver.",
    "de": "Der Rat tagte am Dienstag und hörte die Ingenieure, die die Schleuse vor dem Winter richten sollen.",
    "ru": "Совет собрался во вторник и выслушал инженеров, которые должны починить шлюз до наступления зимы.",
    "uk": "Рада зібралася у вівторок і вислухала інженерів, які мають полагодити шлюз до настання зими.",
    "ar": "اجتمع المجلس يوم الثلاثاء واستمع إلى المهندسين الذين سيصلحون القفل قبل حلول فصل الشتاء.",
}
FURNITURE = {
    "en": [
        *("By Jane Example", "By JANE EXAMPLE and JOHN SAMPLE, Ostrel", "Written by Jane Example | Staff Writer"),
        *(
            "Published 12 November 2026, 09:15 GMT",
            "Updated 3 hours ago",
            "Thu 12 Nov 2026 09.55 GMT",
            "2026-11-12T10:15",
        ),
        *("5 min read", "Share on Facebook", "Print this article", "12 comments", "Follow us on Twitter and Instagram"),
        *("Topics: harbour, budget, Ostrel", "If you spot an error, write to the desk", "All rights reserved."),
        *("Jane Example — Thursday, 12 November 2026", "Support our journalism", "LONDON, Nov 12 (Meridian Wire)"),
        "Jane Example contributed reporting from Halmark.",
    ],
    "fr": [
        *("Par Jeanne Exemple", "Publié le 12/11/2026 à 07h30, mis à jour le 12/11/2026 à 09h12", "Lecture 4 min."),
        *("Temps de lecture : 3 min", "Partager Imprimer Commenter", "Signaler une erreur dans l'article"),
        *("Propos recueillis par Jeanne Exemple", "Suivez-nous sur Facebook", "Mots-clés : port, budget"),
        *("Tous droits réservés", "J. E. (avec AFP)", "Jeanne Exemple (avec AFP)", "Par Jeanne Exemple, à Port-Salin"),
    ],
    "de": [
        *("Von Hanna Beispiel und Jan Muster", "Stand: 12.11.2026, 14:05 Uhr", "Lesezeit: 3 Min.", "Artikel anhören"),
        *(
            "Artikel drucken | Als E-Mail versenden | Auf Facebook teilen",
            "Kommentare (12)",
            "Schlagworte: Hafen, Haushalt",
        ),
        *("Fehler gefunden? Schreiben Sie uns", "(hb/dpa)", "Folgen Sie uns auf Instagram", "Autorin: Hanna Beispiel"),
    ],
    "ru": [
        *("Автор: Анна Пример", "Опубликовано 12 ноября 2026, 14:20", "14:20 12.11.2026 (обновлено: 15:02 12.11.2026)"),
        *("Время чтения: 3 минуты", "Поделиться в Telegram", "Просмотров: 512", "Теги: порт, бюджет"),
        *("Нашли опечатку? Выделите фрагмент и нажмите Ctrl+Enter", "Подписывайтесь на нас в Telegram"),
        *("Редактор: Инна Образцова", "При перепечатке ссылка на сайт обязательна", "Текст и фото: Анна Пример"),
    ],
    "uk": [
        *(
            "Автор: Анна Зразок",
            "Опубліковано: 08.11.2026 | Оновлено: 09.11.2026",
            "Переглядів: 321",
            "Поширити у Facebook",
        ),
        *("Якщо ви помітили помилку, виділіть текст і натисніть Ctrl + Enter", "Теми: порт, бюджет"),
        *("Анна Зразок — Четвер, 12 листопада 2026, 09:10", "Читайте нас у Google News", "Усі права захищені"),
    ],
    "ar": [
        *("بقلم: سليم حداد", "نشر في: 12 نوفمبر 2026 - 1:15 م", "مدة القراءة: دقيقتان", "شارك المقال", "حجم الخط"),
        *("تابعونا على فيسبوك", "جميع الحقوق محفوظة", "كلمات دلالية: الميناء، الميزانية"),
    ],
}
OWN = [
    "By Tuesday the water had reached the bridge.",
    "By Ostrel's own count, 900 people signed.",
    "By hand",
    "Par ailleurs, la digue attendra un an.",
    "Par exemple",
    "Von Montag an gelten neue Regeln.",
    "Von der Werft blieb ein Kran",
    "Автор письма пожелал остаться неизвестным.",
    "Автор закона: депутат боится воды и не скрывает этого ни от кого, даже от соседей",
    "كتب سليم حداد رواية عن البحر ونشرها في العام الماضي.",
    "Follow the money, she said, and you will find the lock.",
    "Follow the Telegram channels of the harbour, he advised.",
    "Support for the mayor fell to 12 per cent.",
    "The comments drew 12 replies.",
    "Published in 1871, the book is still read.",
    "On 12 November 2026 the lock was closed.",
    "12 November 1998: the first lock opens",
    "Topics of the day were the dyke and the lock.",
    "Themen gab es genug, Zeit nicht.",
    "The author, Jane Example, declined to comment.",
    "«Подпишитесь на мою рассылку новостей, если хотите знать правду», — сказал мэр.",
    "“Sign up for the newsletter, for free, if you want to know more about it,” the mayor said.",
    "Share prices fell by a tenth.",
    "She read the page, printed it and wrote a comment.",
    "All rights of fishing are reserved to islanders.",
    "Interview partners were hard to find in Ostrel.",
    "Ostrel, which voted in November, has a new mayor.",
    "Paris, London and Ostrel",
    "There was an error in the count, the mayor said.",
    "Support for our crews grew by a tenth.",
    "Do you like the new bridge? Most do.",
    "An dieser Stelle befindet sich seit 1870 ein Leuchtturm.",
    "Мнение авторов доклада разделяют не все.",
    "Found in the mud: a bell, an anchor and a shoe.",
]
AMID = [
    "Facebook",
    "YouTube and TikTok",
    "Reporter: Are you happy",
    "Our standards are higher",
    "Also on Monday",
    "Live",
]
"""Lines that would be furniture above or below a text."""


def between(line: str, prose: str) -> str:
    """The line above, amid and below nine paragraphs."""
    body = [f"{prose[:-1]}, {number}." for number in range(9)]
    return "\n".join([body[0], line, *body[1:], line])


@pytest.mark.parametrize(
    ("language", "line"), [(language, line) for language, lines in FURNITURE.items() for line in lines]
)
def test_what_stands_round_an_article_leaves_it(language: str, line: str) -> None:
    own = keep_own(between(line, PROSE[language]), Known())
    assert line not in own.text.split("\n")
    assert own.text.count("\n") == 8
    assert own.cut.total() == 2


@pytest.mark.parametrize("line", OWN)
def test_a_line_of_the_article_stays(line: str) -> None:
    text = "\n".join([PROSE["en"], line, PROSE["en"]])
    assert keep_own(text, Known()).text == text


@pytest.mark.parametrize("line", AMID)
def test_amid_a_text_a_heading_stays(line: str) -> None:
    body = [PROSE["en"]] * 9
    text = "\n".join([*body, line, *body])
    assert keep_own(text, Known()).text == text


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Jane Example and John Sample, Staff Writers", ("Jane Example", "John Sample")),
        ("Par Jeanne Exemple, publié le 12 mars 2026 à 7h30", ("Jeanne Exemple",)),
        ("Автор: Анна Пример", ("Анна Пример",)),
        ("بقلم: سليم حداد", ("سليم حداد",)),
    ],
)
def test_authors_are_learned_from_bylines_and_known_elsewhere(line: str, names: tuple[str, ...]) -> None:
    text = "\n".join([line, PROSE["en"], ", ".join(names)])
    own = keep_own(text, Known())
    assert own.authors == names
    assert own.text == PROSE["en"]


def test_lines_the_page_states_elsewhere_are_known() -> None:
    known = Known(
        titles=keys_of(["The lock is to be mended"]),
        links=keys_of(["Jeweller trial: the accused shows no remorse"]),
        captions=keys_of(["The lock, seen from the bridge"]),
        authors=keys_of(["Jane Example"]),
        names=keys_of(["The Ostrel Courier", "Harbour"]),
    )
    lines = ["Harbour", "The lock is to be mended", "Jane Example", PROSE["en"], "The lock, seen from the bridge"]
    lines += ["Jeweller trial: the accused shows no remorse", PROSE["en"]]
    own = keep_own("\n".join(lines), known)
    assert own.text == "\n".join([PROSE["en"], PROSE["en"]])
    assert own.captions == ("The lock, seen from the bridge",)


def test_short_lines_that_are_no_sentences_leave_the_edges_but_not_the_middle() -> None:
    text = "\n".join(["Offered by", PROSE["en"], "A question of money", PROSE["en"], "Reuse this content"])
    assert keep_own(text, Known()).text == "\n".join([PROSE["en"], "A question of money", PROSE["en"]])


def test_a_list_below_the_last_paragraph_stays() -> None:
    results = [f"Halmark {number} - {number + 1} Ostrel" for number in range(8)]
    stops = ["Ostrel harbour hall", "Halmark town theatre", "Seal Island school", "The old lighthouse"] * 2
    for below in (results, stops):
        text = "\n".join([PROSE["en"], *below])
        assert keep_own(text, Known()).text == text


def test_a_text_is_never_emptied() -> None:
    assert keep_own("Share on Facebook\n12 comments", Known()).text == "Share on Facebook\n12 comments"


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("Par Jeanne Exemple, publié le 12 mars 2026", "Par Jeanne Exemple"),
        ("Jane Example | 12/11/2026 09:15", "Jane Example"),
        ("The lock was closed in 2026", "The lock was closed in 2026"),
        ("12 March 2026", "12 March 2026"),
        ("", ""),
    ],
)
def test_a_moment_at_a_lines_end_is_left_out(line: str, bare: str) -> None:
    assert calendar.without_moment(line) == bare


@pytest.mark.parametrize(
    ("line", "is_day_first", "day"),
    [
        ("Publié le 12/11/2026 à 07h30", True, date(2026, 11, 12)),
        ("Updated 11/12/2026", False, None),
        ("Updated 11/25/2026", False, date(2026, 11, 25)),
        ("Updated 25/11/2026", False, date(2026, 11, 25)),
        ("Stand: 12.11.2026, 14:05 Uhr", True, date(2026, 11, 12)),
        ("2026-11-12T10:15:00Z", False, date(2026, 11, 12)),
        ("Thursday, November 12, 2026", False, date(2026, 11, 12)),
        ("12 ноября 2026, 14:20", True, date(2026, 11, 12)),
        ("13 листопада 2026 о 09:10", True, date(2026, 11, 13)),
        ("نشر في: 12 نوفمبر 2026 - 1:15 م", True, date(2026, 11, 12)),
        ("12 November", False, None),
        ("31.02.2026", True, None),
        ("99/99/2026", True, None),
    ],
)
def test_a_day_is_read_where_it_has_one_meaning(line: str, is_day_first: bool, day: date | None) -> None:
    assert calendar.day_in(line, is_day_first=is_day_first) == day


@pytest.mark.parametrize("text", ["Jane Example", "Jeanne d'Exemple et Jan van der Muster", "Анна Пример", "سليم حداد"])
def test_names_are_told_by_their_shape(text: str) -> None:
    assert furniture.are_names(text)


@pytest.mark.parametrize("text", ["", "the mayor", "Jane said", "Agent 47", "Jane Example.", "Who is it?"])
def test_other_words_are_no_names(text: str) -> None:
    assert not furniture.are_names(text)
