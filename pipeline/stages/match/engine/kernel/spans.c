/* Where a leaf of a query stands in the current article. */
#include "places.h"

int key_is_present(const Engine *engine, uint32_t key)
{
    return engine->keys.present_bits[key >> 6] >> (key & 63) & 1;
}

/* ---- one word ---- */

static int is_in(const Engine *engine, const KeyPlace *at, uint32_t zones)
{
    return zones == 0 || engine->article.tokens[at->last].zones & zones;
}

/* Whether the key stands in one of the zones; of a word that is known for all its places together. */
static enum Truth stands_in(Engine *engine, uint32_t key, uint32_t zones)
{
    const Article *article = &engine->article;
    for (uint32_t id = engine->keys.presence[key].head; id != NONE; id = article->occurrences[id].next) {
        const Occurrence *at = &article->occurrences[id];
        uint32_t own = at->last == ALL_OF_WORD ? article->distincts[at->first].zones : article->tokens[at->last].zones;
        if (own & zones)
            return IS_TRUE;
        if (spend(engine, 1))
            return IS_FAILED;
    }
    return IS_FALSE;
}

static enum Truth keys_hold(Engine *engine, const uint32_t *node)
{
    uint32_t zones = node[3];
    for (uint32_t i = 0; i < COUNT_OF(node); i++) {
        if (!key_is_present(engine, node[4 + i]))
            continue;
        enum Truth truth = zones ? stands_in(engine, node[4 + i], zones) : IS_TRUE;
        if (truth != IS_FALSE)
            return truth;
    }
    return IS_FALSE;
}

static int put_span(Engine *engine, uint32_t first, uint32_t last, uint32_t origin)
{
    Spans *spans = &engine->spans;
    if (RESERVE(spans->items, spans->room, spans->count + 1))
        return -1;
    const Token *from = &engine->article.tokens[first], *to = &engine->article.tokens[last];
    spans->items[spans->count++] = (Span){from->field, from->start, to->end, origin, first, last};
    return 0;
}

static int put_mention(Engine *engine, const KeyPlace *at)
{
    Spans *spans = &engine->spans;
    if (RESERVE(spans->items, spans->room, spans->count + 1))
        return -1;
    const MentionSpan *span = &engine->article.mentions[at->mention];
    spans->items[spans->count++] = (Span){span->field, span->start, span->end, IS_MENTION | at->mention, at->first, at->last};
    return 0;
}

static int put_occurrences(Engine *engine, uint32_t key, uint32_t zones, uint32_t most)
{
    for (KeyPlace at = places_of(engine, key); next_place(&engine->article, &at);) {
        if (spend(engine, 1))
            return -1;
        if (at.first >= engine->window) {
            pass_over_word(&at);
            continue;
        }
        if (!is_in(engine, &at, zones))
            continue;
        if (at.mention ? put_mention(engine, &at) : put_span(engine, at.first, at.last, 0))
            return -1;
        count_place(&at, most);
    }
    return 0;
}

static int keys_places(Engine *engine, const uint32_t *node, uint32_t most)
{
    for (uint32_t i = 0; i < COUNT_OF(node); i++)
        if (key_is_present(engine, node[4 + i]) && put_occurrences(engine, node[4 + i], node[3], most))
            return -1;
    return 0;
}

/* ---- words in a row ---- */

static int token_has(const Article *article, const Token *token, uint32_t key)
{
    if (token->key == key || token->written == key)
        return 1;
    const Distinct *word = &article->distincts[token->distinct];
    return word->pattern_count && word_fits(article, word, key);
}

static int token_has_one(const Article *article, const Token *token, const uint32_t *place)
{
    for (uint32_t i = 0; i < place[0]; i++)
        if (token_has(article, token, place[1 + i]))
            return 1;
    return 0;
}

/* Whether the variant's words stand from the token `first` on, all in one field and in the zones. Counts the words it looks
 * at; that they are too many is found by who asks. */
static int stands_at(Engine *engine, const uint32_t *variant, uint32_t zones, uint32_t first)
{
    const Article *article = &engine->article;
    uint32_t count = variant[1], last = first + count - 1;
    if (last < first || last >= article->token_count)
        return 0;
    const Token *tokens = article->tokens;
    if (tokens[first].field != tokens[last].field || !(tokens[last].zones & zones))
        return 0;
    const uint32_t *place = variant + 2;
    for (uint32_t i = 0; i < count; i++, place += 1 + place[0]) {
        engine->steps += place[0];
        if (!token_has_one(article, &tokens[first + i], place))
            return 0;
    }
    return 1;
}

typedef struct {
    const uint32_t *keys; /* their number, then they */
    uint32_t offset;      /* of that word in the variant */
} Pivot;

/* The word of the variant that the article has least often; how often that is. */
static uint32_t find_pivot(const Engine *engine, const uint32_t *variant, Pivot *pivot)
{
    uint32_t least = NONE;
    const uint32_t *place = variant + 2;
    for (uint32_t i = 0; i < variant[1]; i++, place += 1 + place[0]) {
        uint32_t count = 0;
        for (uint32_t k = 0; k < place[0]; k++)
            if (key_is_present(engine, place[1 + k]))
                count += engine->keys.presence[place[1 + k]].count;
        if (count == 0)
            return 0;
        if (count < least) {
            least = count;
            *pivot = (Pivot){place, i};
        }
    }
    return least;
}

static const uint32_t *after(const uint32_t *variant)
{
    const uint32_t *place = variant + 2;
    for (uint32_t i = 0; i < variant[1]; i++)
        place += 1 + place[0];
    return place;
}

static enum Truth key_stands(Engine *engine, const uint32_t *variant, uint32_t zones, uint32_t key, uint32_t offset)
{
    for (KeyPlace at = places_of(engine, key); next_place(&engine->article, &at);) {
        if (spend(engine, 1))
            return IS_FAILED;
        if (at.first >= offset && stands_at(engine, variant, zones, at.first - offset))
            return IS_TRUE;
    }
    return IS_FALSE;
}

static enum Truth variant_holds(Engine *engine, const uint32_t *variant, uint32_t zones)
{
    Pivot pivot;
    if (!find_pivot(engine, variant, &pivot))
        return IS_FALSE;
    for (uint32_t k = 0; k < pivot.keys[0]; k++) {
        uint32_t key = pivot.keys[1 + k];
        enum Truth truth = key_is_present(engine, key) ? key_stands(engine, variant, zones, key, pivot.offset) : IS_FALSE;
        if (truth != IS_FALSE)
            return truth;
    }
    return IS_FALSE;
}

typedef struct {
    uint32_t zones, most;
} Wanted;

static int put_stands(Engine *engine, const uint32_t *variant, Wanted wanted, uint32_t key, uint32_t offset)
{
    for (KeyPlace at = places_of(engine, key); next_place(&engine->article, &at);) {
        uint32_t first = at.first - offset;
        if (spend(engine, 1))
            return -1;
        if (at.first >= offset && first >= engine->window) {
            pass_over_word(&at);
            continue;
        }
        if (at.first < offset || !stands_at(engine, variant, wanted.zones, first))
            continue;
        if (put_span(engine, first, first + variant[1] - 1, variant[0]))
            return -1;
        count_place(&at, wanted.most);
    }
    return 0;
}

static int variant_places(Engine *engine, const uint32_t *variant, Wanted wanted)
{
    Pivot pivot;
    if (!find_pivot(engine, variant, &pivot))
        return 0;
    for (uint32_t k = 0; k < pivot.keys[0]; k++)
        if (key_is_present(engine, pivot.keys[1 + k]) &&
            put_stands(engine, variant, wanted, pivot.keys[1 + k], pivot.offset))
            return -1;
    return 0;
}

/* ---- either ---- */

enum Truth leaf_holds(Engine *engine, const uint32_t *node)
{
    if (OP_OF(node) == OP_KEYS)
        return keys_hold(engine, node);
    const uint32_t *variant = node + 4;
    for (uint32_t i = 0; i < COUNT_OF(node); i++, variant = after(variant)) {
        enum Truth truth = variant_holds(engine, variant, node[3]);
        if (truth != IS_FALSE)
            return truth;
    }
    return IS_FALSE;
}

/* How many places a leaf has at most, wherever. */
uint64_t count_leaf(const Engine *engine, const uint32_t *node)
{
    uint64_t sum = 0;
    Pivot pivot;
    const uint32_t *variant = node + 4;
    for (uint32_t i = 0; i < COUNT_OF(node); i++) {
        if (OP_OF(node) == OP_KEYS)
            sum += key_is_present(engine, node[4 + i]) ? engine->keys.presence[node[4 + i]].count : 0;
        else
            sum += find_pivot(engine, variant, &pivot);
        variant = OP_OF(node) == OP_KEYS ? variant : after(variant);
    }
    return sum;
}

/* Puts the leaf's places on the stack, in the order of the text, each once; of the first `most` none is missing. */
int leaf_places(Engine *engine, const uint32_t *node, uint32_t most)
{
    Wanted wanted = {node[3], most};
    uint32_t base = engine->spans.count;
    if (OP_OF(node) == OP_KEYS) {
        if (keys_places(engine, node, most))
            return -1;
    } else {
        const uint32_t *variant = node + 4;
        for (uint32_t i = 0; i < COUNT_OF(node); i++, variant = after(variant))
            if (variant_places(engine, variant, wanted))
                return -1;
    }
    return tidy_places(engine, base);
}

static int has_one(const Engine *engine, const uint32_t *node, uint32_t place)
{
    const Token *token = &engine->article.tokens[place];
    if (!(token->zones & node[3]))
        return 0;
    for (uint32_t i = 0; i < COUNT_OF(node); i++)
        if (token_has(&engine->article, token, node[4 + i]))
            return 1;
    return 0;
}

static int put_variants_at(Engine *engine, const uint32_t *node, uint32_t place)
{
    const uint32_t *variant = node + 4;
    for (uint32_t i = 0; i < COUNT_OF(node); i++, variant = after(variant))
        if (stands_at(engine, variant, node[3], place) && put_span(engine, place, place + variant[1] - 1, variant[0]))
            return -1;
    return 0;
}

/* Puts the places of a leaf of words on the stack that begin at these tokens, in whatever order. */
int leaf_places_within(Engine *engine, const uint32_t *node, uint32_t from, uint32_t to)
{
    for (uint32_t place = from; place < to; place++) {
        if (spend(engine, COUNT_OF(node)))
            return -1;
        if (OP_OF(node) == OP_PHRASE ? put_variants_at(engine, node, place)
                                     : has_one(engine, node, place) && put_span(engine, place, place, 0))
            return -1;
    }
    return 0;
}
