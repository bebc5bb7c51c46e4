"""Words that tell what a line or box is, in English, French, German, Russian, Ukrainian and Arabic.

Collected by reading the furniture of news pages in these languages; each is compared by `words.key`, so case, accents
and punctuation do not matter.
"""

import re

from pipeline.stages.clean.words import Sought, key

_MOST_HEADING_WORDS = 6


def _keys(*texts: str) -> frozenset[str]:
    return frozenset(key(text) for text in texts)


def _starts(*texts: str) -> re.Pattern[str]:
    """A pattern over keys: one of the texts at the start, whole words."""
    return re.compile(rf"(?:{'|'.join(sorted(map(key, texts), key=len, reverse=True))})(?: |$)")


TEASER_HEADINGS = _keys(
    *("Check also", "Also read", "Read also", "See also", "Also see", "Related", "Related articles", "Related stories"),
    *("Related news", "Related posts", "Related content", "Related coverage", "Related topics", "Related links"),
    *("Read more", "Read next", "Read this next", "More stories", "More news", "More on this story", "More on this"),
    *("More like this", "Recommended", "Recommended for you", "Recommended stories", "Recommended reading"),
    *("You may also like", "You might also like", "You may like", "You may have missed", "You might be interested in"),
    *("Next article", "Previous article", "What to read next", "Don't miss", "In case you missed it"),
    *("Most read", "Most popular", "Most viewed", "Trending", "Trending now", "Top stories", "Latest news"),
    *("Latest stories", "Editor's picks", "Editors' picks", "Popular now", "Popular stories", "Elsewhere on the web"),
    *("À lire aussi", "Lire aussi", "À lire également", "Lire également", "À lire", "Sur le même sujet"),
    *("Articles liés", "Voir aussi", "À voir aussi", "Les plus lus", "Dans la même rubrique", "À découvrir"),
    *("Vous aimerez aussi", "Recommandé pour vous", "Nos derniers articles", "Plus d'articles", "Articles similaires"),
    *("Lesen Sie auch", "Lesen Sie mehr", "Lesen Sie mehr zum Thema", "Lesen Sie hier mehr", "Auch interessant"),
    *("Mehr zum Thema", "Mehr zu diesem Thema", "Zum Thema", "Das könnte Sie auch interessieren", "Weitere Artikel"),
    *("Ähnliche Artikel", "Meistgelesen", "Siehe auch", "Empfehlungen der Redaktion", "Passend zum Thema"),
    *("Weitere Meldungen", "Mehr Nachrichten", "Weiterlesen", "Verwandte Artikel", "Verwandte Themen"),
    *("Читайте также", "Читать также", "Смотрите также", "По теме", "Ещё по теме", "Похожие новости"),
    *("Похожие статьи", "Другие новости", "Материалы по теме", "Новости по теме", "Самое читаемое"),
    *("Вам может быть интересно", "Рекомендуем", "Рекомендуем почитать", "Популярное", "Сюжеты по теме"),
    *("Читайте також", "Дивіться також", "За темою", "Схожі новини", "Інші новини", "Матеріали за темою"),
    *("Новини за темою", "Вас може зацікавити", "Рекомендуємо", "Найпопулярніше", "Популярні новини"),
    *("اقرأ أيضا", "إقرأ أيضا", "اقرأ أيضًا", "اقرأ المزيد", "قد يعجبك أيضا", "مواضيع ذات صلة", "أخبار ذات صلة"),
    *("مقالات ذات صلة", "موضوعات متعلقة", "شاهد أيضا", "الأكثر قراءة", "أخبار متعلقة", "قد يهمك أيضا"),
)
"""A line or heading of nothing else: what follows is about other stories."""

TEASER_STARTS = _starts(
    *("Our latest", "More from", "More in", "Latest from", "Latest in", "More news from", "Also on", "You may also"),
    *("Plus d'actualités", "Nos autres articles", "Toute l'actualité", "À lire sur", "Mehr aus", "Mehr von"),
    *("Weitere Nachrichten", "Aktuelles aus", "Ещё новости", "Ещё больше новостей", "Другие материалы"),
    *("Інші матеріали", "Більше новин", "المزيد من", "أخبار أخرى", "اخترنا لكم"),
)
"""What such a line or heading begins with, when it is short."""

TAIL_HEADINGS = TEASER_HEADINGS - _keys("Read more", "Related", "Trending", "Lesen Sie mehr", "À lire", "По теме")
"""Those of them that only stand below an article: near its end, all that follows goes with them."""

INLINE_TEASER = _starts(
    *("Check also", "Also read", "Read also", "See also", "Related", "Related story", "Related article", "Read more"),
    *("Read next", "More on this story", "Recommended", "Must read", "Don't miss", "In pictures", "Watch"),
    *("À lire aussi", "Lire aussi", "À lire également", "Lire également", "Voir aussi", "Sur le même sujet"),
    *("Lesen Sie auch", "Lesen Sie mehr", "Lesen Sie hier", "Mehr zum Thema", "Siehe auch", "Auch interessant"),
    *("Читайте также", "Читать также", "Смотрите также", "Читайте по теме", "Материал по теме"),
    *("Читайте також", "Дивіться також", "Читайте за темою", "Матеріал за темою"),
    *("اقرأ أيضا", "إقرأ أيضا", "اقرأ أيضًا", "اقرأ المزيد", "شاهد أيضا", "قد يعجبك أيضا"),
)
"""Before a colon: the rest of the line is another story's headline."""

SOURCE_LINES = _keys(
    *("News source link", "Source link", "Source", "Original source", "Link to source", "Read original article"),
    *("Read the original article", "Original article", "Via", "Lien source", "Lire l'article original"),
    *("Zum Originalartikel", "Quelle", "Originalartikel", "Источник", "Ссылка на источник", "Джерело"),
    *("Посилання на джерело", "المصدر", "رابط المصدر"),
)
SOURCE_START = _starts(
    *("Source", "Sources", "News source", "Original source", "Quelle", "Quellen", "Источник", "Источники", "Джерело"),
    "المصدر",
)
"""Before a colon, in a short line: where a copy came from."""

HOME = _keys(
    *("Home", "Homepage", "Front page", "Start", "News", "Accueil", "Startseite", "Главная", "На главную", "Головна"),
    *("Новости", "Новини", "الرئيسية", "الصفحة الرئيسية"),
)
"""What a breadcrumb line begins with."""

SIGN_UP = Sought(
    r"(sign up|subscribe|register)\b.{0,60}\b(newsletter|inbox|alerts|emails?|updates|for free)"
    r"|\b(our|daily|weekly|morning) newsletters?\b|get .{0,60} (in|to) your inbox"
    r"|(inscrivez vous|abonnez vous|recevez)\b.{0,60}\b(newsletter|infolettre|lettre|alertes?)"
    r"|\bnewsletter\b.{0,60}\b(abonnieren|anmelden|bestellen|kostenlos)|(abonnieren|bestellen) sie\b.{0,60}newsletter"
    r"|(подпи[шс]\w+)\b.{0,40}\b(канал\w*|рассылк\w*|telegram|телеграм\w*|новост\w*)"
    r"|(п[иі]дпи[шс]\w+|долучаи\w+)\b.{0,40}\b(канал\w*|розсилк\w*|telegram|телеграм\w*|новин\w*)"
    r"|(اشترك|اشتركوا|سجل)\b.{0,40}\b(النشرة|نشرتنا|البريدية|قناتنا|تنبيهات)",
    needs=(
        *("newsletter", "sign up", "subscribe", "register", "your inbox", "inscrivez", "abonnez", "recevez"),
        *("дпи", "долучаи", "اشترك", "سجل"),
    ),
)
"""Searched in the key of a line without quotation marks."""

COOKIES = Sought(
    r"\b(we|this (web)?site|our partners) uses? (\w+ ){0,3}cookies|accept (all )?cookies"
    r"|cookie (settings|policy|notice)"
    r"|(nous utilisons|ce site utilise) (\w+ ){0,3}cookies|accepter (tous )?les cookies"
    r"|(wir verwenden|wir nutzen|diese (web)?site verwendet) (\w+ ){0,3}cookies|cookies? akzeptieren"
    r"|(мы|саит) используе\w+ (\w+ ){0,3}(cookie|куки)|фаилы cookie|используем фаилы"
    r"|(ми|саит) використову\w+ (\w+ ){0,3}(cookie|куки|фаили)|фаили cookie"
    r"|ملفات (تعريف )?(الارتباط|الكوكيز)",
    needs=("cookie", "куки", "фаил", "ملفات"),
)
"""Searched in a key."""

CONSENT = re.compile(
    r"before you continue|we (and our|value your privacy)|your privacy choices|manage (your )?(consent|preferences)"
    r"|consent to (the )?(use|processing)|avant de continuer|votre vie privee|continuer sans accepter"
    r"|bevor sie fortfahren|ihre privatsphare|einwilligung|mit werbung (weiter)?lesen|согласие на обработку"
    r"|политик\w+ конфиденциальности|згод\w+ на обробку|ваша конфіденцііність|سياسة الخصوصية|موافقتك"
)
"""Searched in a key; with COOKIES, in a page with little other text, a wall."""

ERROR_TITLES = re.compile(
    r"^(error|http|fehler|erreur|ошибка|помилка)? ?(400|401|403|404|410|429|451|500|502|503|504)( |$)"
    r"|(page|article|content|file) (is )?(not found|unavailable|no longer available)|^not found"
    r"|^access denied|^forbidden|^just a moment|^attention required|^are you (a )?(human|robot)|^service unavailable"
    r"|^bad gateway|^robot check"
    r"|^page (introuvable|non trouvee)|^erreur \d{3}|seite (wurde )?nicht gefunden|^zugriff verweigert"
    r"|страниц\w+ не наиден\w*|^доступ (запрещен|ограничен)|сторінк\w+ не знаиден\w*|^доступ заборонено"
    r"|الصفحة غير موجودة|لم يتم العثور"
)
"""Searched in the key of a title."""

BUTTONS = _keys(
    *("Share", "Share this", "Share this article", "Share on Facebook", "Tweet", "Print", "Email", "Save", "Comments"),
    *("Advertisement", "Advertising", "Ad", "Sponsored", "Story continues below advertisement", "Continue reading"),
    *("Article continues below", "Article continues after advertisement", "Scroll to continue", "Listen", "Follow us"),
    *("Loading", "Skip to content", "Copy link", "Leave a comment", "Back to top", "Subscribe", "Sign up", "Log in"),
    *("Partager", "Publicité", "Imprimer", "La suite après cette publicité", "Commentaires", "S'abonner"),
    *("Teilen", "Anzeige", "Werbung", "Drucken", "Kommentare", "Merken", "Artikel teilen"),
    *("Поделиться", "Реклама", "Печать", "Комментарии", "Поделиться новостью", "Поширити", "Друк", "Коментарі"),
    *("مشاركة", "شارك", "إعلان", "طباعة", "تعليقات"),
)
"""Lines of nothing else are a page's buttons and labels."""


def heads_teasers(words: str) -> bool:
    """A line or heading with this key says that other stories follow."""
    return words in TEASER_HEADINGS or (words.count(" ") < _MOST_HEADING_WORDS and bool(TEASER_STARTS.match(words)))
