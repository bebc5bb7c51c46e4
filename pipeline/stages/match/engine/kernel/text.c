/* A text as watches are matched against it: folded code point by code point, and cut into words.
 *
 * The rules are those of stages/text/fold.py and match/words.py; the table comes from there. What is here is only how
 * runs of its five classes make words:
 *
 *   a letter of a script without spaces is a word with the marks that follow it, fillers between them included;
 *   other letters and marks in a row are one, fillers between them included; the s of a possessive is none.
 */
#include "kernel.h"

uint32_t fold_entry(const Folding *folding, uint32_t code)
{
    const uint32_t *page = folding->pages[code >> 8];
    return page ? page[code & 255u] : 0;
}

const Wider *wider_of(const Folding *folding, uint32_t code)
{
    for (uint32_t i = 0; i < folding->wider_count; i++)
        if (folding->wider[i].code == code)
            return &folding->wider[i];
    return NULL;
}

typedef struct {
    Engine *engine;
    const uint32_t *text;
    uint32_t length, lead_end;
    Token token; /* what is common to all of the field's words */
} Reader;

static inline uint32_t entry_at(const Reader *reader, uint32_t place)
{
    return fold_entry(&reader->engine->folding, reader->text[place]);
}

static inline uint32_t class_at(const Reader *reader, uint32_t place)
{
    return CLASS_OF(entry_at(reader, place));
}

static uint32_t end_of_ideograph(const Reader *reader, uint32_t start)
{
    uint32_t end = start + 1;
    for (;;) {
        uint32_t next = end;
        while (next < reader->length && class_at(reader, next) == FILLER)
            next++;
        if (next == reader->length || class_at(reader, next) != MARK)
            return end;
        while (next < reader->length && class_at(reader, next) == MARK)
            next++;
        end = next;
    }
}

static uint32_t end_of_run(const Reader *reader, uint32_t start)
{
    uint32_t end = start;
    for (uint32_t next = start; next < reader->length; next++) {
        uint32_t class = class_at(reader, next);
        if (class == LETTER || class == MARK)
            end = next + 1;
        else if (class != FILLER)
            break;
    }
    return end;
}

static int is_possessive(const Reader *reader, uint32_t start, uint32_t end)
{
    return end - start == 1 && start > 1 && (entry_at(reader, start) & CODE_MASK) == 's' &&
           entry_at(reader, start - 1) & IS_APOSTROPHE && class_at(reader, start - 2) != SPACE;
}

/* The word's letters at the end of the article's, fillers left out and ligatures opened; their number, or NONE. */
static uint32_t put_word(Reader *reader, uint32_t start, uint32_t end)
{
    Article *article = &reader->engine->article;
    if (RESERVE(article->letters, article->letters_room, article->letters_count + 4ull * (end - start)))
        return NONE;
    uint32_t *letters = article->letters + article->letters_count, count = 0;
    for (uint32_t place = start; place < end; place++) {
        uint32_t entry = entry_at(reader, place);
        if (CLASS_OF(entry) == FILLER)
            continue;
        const Wider *wider = entry & IS_WIDER ? wider_of(&reader->engine->folding, entry & CODE_MASK) : NULL;
        if (wider == NULL) {
            letters[count++] = entry & CODE_MASK;
            continue;
        }
        for (uint32_t i = 0; i < wider->count; i++)
            letters[count++] = wider->letters[i];
    }
    return count;
}

static int put_token(Reader *reader, uint32_t start, uint32_t end)
{
    uint32_t count = put_word(reader, start, end);
    if (count == NONE)
        return -1;
    Token token = reader->token;
    token.start = start;
    token.end = end;
    if (end <= reader->lead_end)
        token.zones |= 2;
    return article_token(reader->engine, count, &token);
}

/* The key of the token's spelling: its letters as written, fillers left out. NONE, too, for want of memory. */
uint32_t find_written(Engine *engine, const Token *token)
{
    Article *article = &engine->article;
    const uint32_t *text = article->texts[token->field];
    if (RESERVE(article->letters, article->letters_room, (uint64_t)article->letters_count + token->end - token->start))
        return NONE;
    uint32_t *letters = article->letters + article->letters_count, count = 0;
    for (uint32_t place = token->start; place < token->end; place++)
        if (CLASS_OF(fold_entry(&engine->folding, text[place])) != FILLER)
            letters[count++] = text[place];
    return key_find(&engine->keys, WRITTEN, letters, count, hash_letters(&engine->keys, letters, count, WRITTEN));
}

int article_field(Engine *engine, const uint32_t *text, uint32_t length, uint32_t zones, uint32_t lead_end)
{
    Token common = {.key = NONE, .written = NONE, .zones = (uint16_t)zones};
    engine->article.texts[engine->article.field_count] = text;
    common.field = (uint16_t)engine->article.field_count++;
    Reader reader = {engine, text, length, lead_end, common};
    for (uint32_t start = 0; start < length;) {
        uint32_t class = class_at(&reader, start);
        if (class == SPACE || class == FILLER) {
            start++;
            continue;
        }
        uint32_t end = class == UNSPACED ? end_of_ideograph(&reader, start) : end_of_run(&reader, start);
        if (!is_possessive(&reader, start, end) && put_token(&reader, start, end))
            return -1;
        start = end;
    }
    return 0;
}
