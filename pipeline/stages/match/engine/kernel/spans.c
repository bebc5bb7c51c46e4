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

static int keys_hold(const Engine *engine, const uint32_t *node)
{
    uint32_t zones = node[3];
    for (uint32_t i = 0; i < COUNT_OF(node); i++) {
        uint32_t key = node[4 + i];
        if (!key_is_present(engine, key))
            continue;
        if (zones == 0)
            return 1;
        for (KeyPlace at = places_of(engine, key); next_place(&engine->article, &at);)
            if (is_in(engine, &at, zones))
                return 1;
    }
    return 0;
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
    for (uint32_t i = 0; i < word->pattern_count; i++)
        if (article->pattern_hits[word->patterns + i] == key)
            return 1;
    return 0;
}

static int token_has_one(const Article *article, const Token *token, const uint32_t *place)
{
    for (uint32_t i = 0; i < place[0]; i++)
        if (token_has(article, token, place[1 + i]))
            return 1;
    return 0;
}

/* Whether the variant's words stand from the token `first` on, all in one field and in the zones. */
static int stands_at(const Engine *engine, const uint32_t *variant, uint32_t zones, uint32_t first)
{
    const Article *article = &engine->article;
    uint32_t count = variant[1], last = first + count - 1;
    if (last < first || last >= article->token_count)
        return 0;
    const Token *tokens = article->tokens;
    if (tokens[first].field != tokens[last].field || !(tokens[last].zones & zones))
        return 0;
    const uint32_t *place = variant + 2;
    for (uint32_t i = 0; i < count; i++, place += 1 + place[0])
        if (!token_has_one(article, &tokens[first + i], place))
            return 0;
    return 1;
}

typedef struct {
    const uint32_t *keys; /* their number, then they */
    uint32_t offset;      /* of that word in the variant */
} Pivot;

/* The word of the variant that the article has least often; 0 where it lacks one altogether. */
static int find_pivot(const Engine *engine, const uint32_t *variant, Pivot *pivot)
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
    return 1;
}

static const uint32_t *after(const uint32_t *variant)
{
    const uint32_t *place = variant + 2;
    for (uint32_t i = 0; i < variant[1]; i++)
        place += 1 + place[0];
    return place;
}

static int key_stands(const Engine *engine, const uint32_t *variant, uint32_t zones, uint32_t key, uint32_t offset)
{
    for (KeyPlace at = places_of(engine, key); next_place(&engine->article, &at);)
        if (at.first >= offset && stands_at(engine, variant, zones, at.first - offset))
            return 1;
    return 0;
}

static int variant_holds(const Engine *engine, const uint32_t *variant, uint32_t zones)
{
    Pivot pivot;
    if (!find_pivot(engine, variant, &pivot))
        return 0;
    for (uint32_t k = 0; k < pivot.keys[0]; k++)
        if (key_is_present(engine, pivot.keys[1 + k]) &&
            key_stands(engine, variant, zones, pivot.keys[1 + k], pivot.offset))
            return 1;
    return 0;
}

typedef struct {
    uint32_t zones, most;
} Wanted;

static int put_stands(Engine *engine, const uint32_t *variant, Wanted wanted, uint32_t key, uint32_t offset)
{
    for (KeyPlace at = places_of(engine, key); next_place(&engine->article, &at);) {
        uint32_t first = at.first - offset;
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

int leaf_holds(const Engine *engine, const uint32_t *node)
{
    if (OP_OF(node) == OP_KEYS)
        return keys_hold(engine, node);
    const uint32_t *variant = node + 4;
    for (uint32_t i = 0; i < COUNT_OF(node); i++, variant = after(variant))
        if (variant_holds(engine, variant, node[3]))
            return 1;
    return 0;
}

static int order_of(const Span *one, const Span *other)
{
    const uint32_t pairs[6][2] = {{one->field, other->field}, {one->first, other->first}, {one->last, other->last},
                                  {one->start, other->start}, {one->end, other->end}, {one->origin, other->origin}};
    for (int i = 0; i < 6; i++)
        if (pairs[i][0] != pairs[i][1])
            return pairs[i][0] < pairs[i][1] ? -1 : 1;
    return 0;
}

static int is_before(const Span *one, const Span *other)
{
    return one->field != other->field   ? one->field < other->field
           : one->first != other->first ? one->first < other->first
                                        : one->last < other->last;
}

static int by_place(const void *one, const void *other)
{
    return order_of(one, other);
}

/* Puts the places from `base` on in the order of the text; of those at the same words the one whose origin is first. */
void tidy_places(Spans *spans, uint32_t base)
{
    Span *items = spans->items;
    uint32_t in_order = base + 1, kept = base + 1;
    while (in_order < spans->count && is_before(&items[in_order - 1], &items[in_order]))
        in_order++;
    if (in_order >= spans->count)
        return;
    qsort(items + base, spans->count - base, sizeof *items, by_place);
    for (uint32_t i = base + 1; i < spans->count; i++)
        if (is_before(&items[kept - 1], &items[i]))
            items[kept++] = items[i];
    spans->count = kept;
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
    tidy_places(&engine->spans, base);
    return 0;
}
