"""Words of the lines that stand round an article, in English, French, German, Russian, Ukrainian and Arabic.

Collected like `cues`. Tables of words and phrases are compared by `words.key`; the patterns named `…_KEY` are matched
against keys, the others against lines as they are written.
"""

import re

from pipeline.stages.clean.words import Sought, key


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in key(text).split())


def _starts(*phrases: str, also: str = "") -> re.Pattern[str]:
    """A pattern over keys: a phrase at the start, its last word perhaps longer; `also` is a pattern already."""
    listed = "|".join(sorted(map(key, phrases), key=len, reverse=True))
    return re.compile(f"(?:{listed}{also and '|' + also})")


BY = re.compile(
    r"(?:(?:written|reported|story|words|text|posted|compiled|published) by|by"
    r"|(?:propos recueillis|recueilli|textes?|reportage|écrit|rédigé|publié) (?:par|de)|par"
    r"|(?:(?:ein|eine|der|die|das) )?(?:(?:analyse|kommentar|interview|gastbeitrag|bericht|reportage|artikel) )?von"
    r"|(?:материал )?(?:подготовил|записал|беседовал|подготовила|записала|беседовала)"
    r"|підготував|підготувала|записав|записала|розмовляв|розмовляла|спілкувався|спілкувалася"
    r"|publicado por|por"
    r"|بقلم|كتب|كتبت|كتبه|إعداد|حوار|ترجمة)(?![\w'’])\s*:?\s*",
    re.IGNORECASE,
)
"""Before names, with or without a colon."""

BY_LABEL = re.compile(
    r"(?:authors?|writer|reporter|editor|text|words|words and pictures|translation"
    r"|auteurs?|autrice|textes?|texte et photos|rédaction|traduction|édition"
    r"|autor|autorin|autoren|text und fotos?|redaktion|bearbeitung|übersetzung|mitarbeit"
    r"|авторы?|автор текста|текст|текст и фото|редактор|корреспондент|журналист|перевод|интервью|беседовала?"
    r"|авторка|автори|текст і фото|текст та фото|редакторка|кореспондент|кореспондентка|журналіст|журналістка|переклад"
    r"|الكاتب|المحرر|تحرير|بقلم|كتب|كتبت|إعداد|ترجمة|المراسل)\s*:\s*(?=\S)",
    re.IGNORECASE,
)
"""Before whoever follows the colon."""

ROLE = re.compile(
    r"\b(staff|senior|reporter|correspondent|editor|writer|journalist\w*|contributor|columnist|desk"
    r"|journaliste|correspondante?|rédact\w+|envoyée? spéciale?|chef du service"
    r"|redakteur\w*|korrespondent\w*|reporterin|volontär\w*"
    r"|корреспондент\w*|журналист\w*|обозреватель\w*|редактор\w*|кореспондент\w*|журналіст\w*|оглядач\w*"
    r"|مراسل\w*|صحفي\w*|كاتب\w*|محرر\w*)",
    re.IGNORECASE,
)

PARTICLES = _words("de du des la le les van von der den zu zur ten ter da di del della dos ben bin ibn al el y e")
JOINING = _words("and et und avec with mit и та і й of the for pour für")
"""Amid names, in lower case."""

TOOLS = _words(
    "share shares tweet print email e mail save comment comments listen follow like reply report copy link bookmark",
    "view views read reads more order reprints subscribe download pdf version printable",
    "partager partagez imprimer envoyer commenter commentaire commentaires enregistrer réagir écouter sauvegarder vues",
    "teilen drucken versenden merken kommentare kommentar kommentieren anhören vorlesen speichern senden empfehlen",
    "поделиться поделитесь поделись печать распечатать печати комментарии комментарий комментировать просмотров",
    "просмотры сохранить слушать прослушать версия обсудить",
    "поділитися поширити друк друку роздрукувати коментарі коментувати переглядів перегляди зберегти слухати версія",
    "شارك مشاركة شاركها طباعة للطباعة نسخة تعليق تعليقات التعليقات حفظ استمع المشاهدات مشاهدة الخط حجم",
    "compartilhar imprimir comentários compartir comentarios condividi stampa udostępnij drukuj",
)
"""What a reader may do, and what is counted of it."""

PLATFORMS = _words(
    "facebook twitter x whatsapp telegram linkedin instagram youtube viber threads bluesky mastodon pinterest reddit",
    "messenger tiktok google flipboard pocket vk ok rss",
    "телеграм телеграме телеграмі фейсбук фейсбуке фейсбуці твиттер твиттере вконтакте вк одноклассники одноклассниках",
    "дзен дзене вайбер вайбере вотсап ютуб ютубе інстаграм",
    "فيسبوك وفيسبوك تويتر وتويتر واتساب تلغرام تيليجرام انستغرام يوتيوب إكس ماسنجر",
)
WITH_TOOLS = _words(
    "this the article story page on in via to by a an with friends it and or 1 news post size font aa",
    "cet l le la sur par avec les un une article à vos mes favoris taille du texte ajouter",
    "artikel diesen den auf als per in mit und der die das über an bei hier zum seite",
    "в во на по с и для статью статьей новость новостью материал материалом ссылку друзьями соцсетях размер шрифта",
    "у в на та і для статтю новину з друзями посилання соцмережах",
    "على في المقال الخبر إلى عبر هذا هذه مع",
)
TOO_COMMON = _words("x ok read more version view pdf report like size hier link copy order")
"""Tools and platforms that make no line of theirs by themselves."""

LABELLED_KEY = _starts(
    *("Temps de lecture", "Lesezeit", "Lesedauer", "Reading time", "Время чтения", "Время на чтение", "Час читання"),
    *("مدة القراءة", "وقت القراءة", "زمن القراءة", "Text size", "Taille du texte", "Размер шрифта", "Schriftgröße"),
    *(
        "حجم الخط",
        "Écouter l'article",
        "Listen to this",
        "Artikel anhören",
        "Diesen Artikel anhören",
        "Artikel vorlesen",
    ),
    *("Слушать статью", "Слушать новость", "Слухати статтю", "استمع إلى المقال", "استمع إلى الخبر"),
    *("Ajouter à vos favoris", "Ajouter à mes favoris", "Dieses Thema im Programm", "Schlagwörter zu diesem Artikel"),
    *(
        "Zur Startseite",
        "Retour à l'accueil",
        "Back to home",
        "Back to top",
        "Signaler une erreur",
        "Signaler une faute",
    ),
    *("Fehler melden", "Fehler gefunden", "Fehler entdeckt", "Tippfehler gefunden"),
    *("If you spot an error", "If you see an error", "Вы нашли ошибку", "This article was originally published"),
    *("Thanks for signing up", "Thank you for subscribing", "An error has occurred, please"),
    *("Keep an eye on your inbox", "Tell us what you think", "This article has been sent", "Cet article vous a"),
    *("L'article vous a", "Hat Ihnen der Artikel", "Hat Ihnen dieser Artikel", "Ce contenu est bloqué"),
    *(
        "An dieser Stelle finden Sie einen",
        "Empfohlener redaktioneller Inhalt",
        "Empfohlener Inhalt",
        "الآراء الواردة",
        "الآراء المنشورة",
    ),
    also=r"lecture \d+ min|чтение \d+ мин|\d+ min(?:ute)?s? (?:read|lesezeit|de lecture)"
    r"|(?:spotted|found|report|seen|see) an? (?:error|typo|mistake)"
    r"|(?:если вы )?(?:нашли|заметили|увидели) (?:ошибк|опечатк)"
    r"|(?:якщо ви )?(?:помітили|знаишли|побачили) (?:помил|одру)"
    r"|(?:the )?(?:views|opinions) expressed (?:in this|here|by the (?:author|writer))"
    r"|les (?:opinions|propos|points de vue) exprime"
    r"|die meinung(?:en)? d\w+ autor|мнение (?:автор\w*|редакции) (?:может|могут|не)"
    r"|думка (?:автор\w*|редакціі) (?:може|можуть|не)"
    r"|(?:did|do) you (?:like|enjoy) (?:this|our) (?:story|article|post|video)"
    r"|(?:if you enjoyed|like|love|enjoyed) (?:this|our) (?:story|article)"
    r"|понравил\w+ (?:статья|материал|новость)|сподобал\w+ (?:стаття|матеріал|новина)",
)
"""Whatever follows, the line is no article's."""

LABELLED = re.compile(r"(?:our standards|nos normes|unsere standards|nos principes)\s*:", re.IGNORECASE)
"""The same in front of a colon."""

TAGS_KEY = _starts(
    *("Tag", "Tags", "Topics", "Filed under", "Category", "Categories", "Keywords", "Mots-clés", "Thème", "Thèmes"),
    *("Thématiques", "Rubrique", "Rubriques", "Schlagwort", "Schlagworte", "Schlagwörter", "Themen", "Rubrik"),
    *("Kategorie", "Kategorien", "Тег", "Теги", "Темы", "Метки", "Рубрика", "Рубрики", "Категория", "Категории"),
    *("Ключевые слова", "Мітки", "Теми", "Категорія", "Категорії", "Ключові слова", "كلمات دلالية", "كلمات مفتاحية"),
    *("الوسوم", "وسوم", "المواضيع", "Categoria", "Categorias", "Etiquetas"),
)
"""Alone, or before a colon: a list of tags."""

CALL_KEY = re.compile(
    r"(?:follow|join|find|like|read|watch|get|download|subscribe"
    r"|retrouvez|suivez|rejoignez|abonnez|lisez|telechargez"
    r"|folgen sie|abonnieren sie|besuchen sie|laden sie|lesen sie uns"
    r"|читаите|подписываит\w+|подпишит\w+|следите|присоединяит\w+|вступаит\w+|смотрите|скачаит\w+|наш канал"
    r"|підписуит\w+|підпишіт\w+|стежте|слідкуите|долучаит\w+|приєднуит\w+|дивіт\w+|нас (?:уже|вже)"
    r"|تابعونا|تابعنا|تابعوا|تابع|انضم|انضموا|اشترك|اشتركوا|حمل|حملوا)(?: |$)"
)
APPEAL_KEY = re.compile(
    r"(?:support (?:us|our|independent)|soutenez|unterstutzen sie"
    r"|поддержите|помогите|підтримаите|допоможіть|ادعم|ادعموا)(?: |$)"
)
OURS_KEY = re.compile(
    r"\b(?:us|our|nous|notre|nos|uns|unser\w*|нас|наш\w*|канал\w*|групп\w*|розсилк\w*|рассылк\w*|app|приложени\w+"
    r"|застосун\w+|newsletter|قناتنا|صفحتنا|قناة|تطبيق\w*|نشرتنا)\b"
)
"""Who it is that calls."""

CONTACT = re.compile(
    r"(?=.*@\w)(?:.*\b(?:follow (?:him|her|them|us|me)|reached? (?:at|on))\b|(?:e-?mail|write to|contact)\b)"
    r"|(?:follow|more|read more|see|mehr|plus|подробнее|докладніше)\b.*\bhttps?://\S+$|https?://\S+$",
    re.IGNORECASE,
)
"""How to reach a reporter, or an address to go to."""

RIGHTS_KEY = Sought(
    r"all rights reserved|tous droits (?:de reproduction|reserves)|alle rechte vorbehalten|derechos reservados"
    r"|все права (?:защищены|принадлежат)|[ув]сі права (?:захищен\w+|належать)|جميع الحقوق محفوظ|direitos reservados"
    r"|при (?:перепечатке|цитировании|использовании) .{0,80}ссылк|nachdruck (?:nur|verboten)"
    r"|при (?:передруку|передруці|використанні|цитуванні) .{0,80}посиланн|personal non commercial use",
    needs=("reserv", "droits", "vorbehalten", "права", "حقوق", "ссылк", "посиланн", "nachdruck", "non commercial"),
)

KICKERS = frozenset(
    map(
        key,
        (
            *("Interview", "Analysis", "Opinion", "Exclusive", "Breaking", "Breaking news", "Live", "Explainer"),
            *("Profile", "Entretien", "Reportage", "Analyse", "Enquête", "Portrait", "Tribune", "Éditorial", "Récit"),
            *("Direct", "En direct", "Exclusif", "Décryptage", "Chronique", "Kommentar", "Porträt", "Exklusiv"),
            *("Eilmeldung", "Meinung", "Leitartikel", "Репортаж", "Интервью", "Мнение", "Аналитика", "Эксклюзив"),
            *("Срочно", "Колонка", "Расследование", "Інтерв'ю", "Думка", "Аналітика", "Ексклюзив", "Терміново"),
            *("Розслідування", "Блог", "حوار", "تحقيق", "رأي", "تقرير", "مقابلة", "خاص", "عاجل", "تحليل"),
        ),
    )
)
"""What kind of piece it is."""
