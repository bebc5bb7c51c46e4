/* Places of a part of a query beside places that are known: of a word that stands everywhere, those alone that stand near one
 * that is rare. The words around the rare ones are looked at, instead of all places of the other.
 */
#include "kernel.h"

/* ---- how many places there are, at most ---- */

/* How many places a part has at most; 0 where its words are not there. */
uint64_t count_places(const Engine *engine, const uint32_t *node)
{
    uint32_t op = OP_OF(node), count = COUNT_OF(node);
    if (op == OP_KEYS || op == OP_PHRASE)
        return count_leaf(engine, node);
    uint64_t sum = 0, least = UINT64_MAX;
    const uint32_t *child = op == OP_NEAR ? node + 4 + count - 1 : children_of(node);
    for (uint32_t i = 0; i < count && least > 0; i++, child += SIZE_OF(child)) {
        uint64_t own = count_places(engine, child);
        sum += own;
        least = op == OP_NEAR && own < least ? own : least;
    }
    return op == OP_NEAR && least == 0 ? 0 : sum;
}

/* ---- stretches of words ---- */

static int put_stretch(Numbers *stretches, uint32_t base, uint64_t from, uint64_t to)
{
    uint32_t count = stretches->count;
    if (count > base && stretches->items[count - 1] >= from) {
        if (stretches->items[count - 1] < to)
            stretches->items[count - 1] = (uint32_t)to;
        return 0;
    }
    return put_number(stretches, (uint32_t)from) || put_number(stretches, (uint32_t)to) ? -1 : 0;
}

/* Puts on the stack of stretches, from and to, where there are words within reach of the places, which are in order. */
int put_stretches(Engine *engine, uint32_t first_place, uint32_t places, uint64_t reach)
{
    uint32_t base = engine->stretches.count, end = engine->article.token_count;
    if (spend(engine, 2ull * places))
        return -1;
    for (uint32_t i = 0; i < places; i++) {
        const Span *span = &engine->spans.items[first_place + i];
        uint64_t from = span->first > reach ? span->first - reach : 0, to = span->last + reach + 1;
        if (put_stretch(&engine->stretches, base, from, to < end ? to : end))
            return -1;
    }
    return 0;
}

/* How many times a word is looked at to find the part's places; UINT64_MAX where they are not words alone. */
static uint64_t looks_at_word(const Engine *engine, const uint32_t *node)
{
    uint32_t op = OP_OF(node);
    if (op == OP_KEYS && engine->keys.keys[node[4]].kind == NAMED)
        return UINT64_MAX;
    if (op == OP_KEYS || op == OP_PHRASE)
        return COUNT_OF(node);
    uint64_t looks = 0;
    const uint32_t *child = children_of(node);
    for (uint32_t i = 0; op == OP_ANY && i < COUNT_OF(node); i++, child += SIZE_OF(child)) {
        uint64_t own = looks_at_word(engine, child);
        looks = own == UINT64_MAX || looks == UINT64_MAX ? UINT64_MAX : looks + own;
    }
    return op == OP_ANY ? looks : UINT64_MAX;
}

/* What looking at all words of the stretches for the part would come to; UINT64_MAX where that does not find its places. */
uint64_t cost_of_stretches(const Engine *engine, const uint32_t *node, uint32_t base)
{
    uint64_t words = 0, looks = looks_at_word(engine, node);
    for (uint32_t i = base; i < engine->stretches.count; i += 2)
        words += engine->stretches.items[i + 1] - engine->stretches.items[i];
    return looks == UINT64_MAX ? looks : words * looks;
}

static int put_within(Engine *engine, const uint32_t *node, uint32_t from, uint32_t to)
{
    if (OP_OF(node) != OP_ANY)
        return leaf_places_within(engine, node, from, to);
    const uint32_t *child = children_of(node);
    for (uint32_t i = 0; i < COUNT_OF(node); i++, child += SIZE_OF(child))
        if (put_within(engine, child, from, to))
            return -1;
    return 0;
}

/* Puts the part's places that begin in the stretches on the stack, in the order of the text. */
int put_places_within(Engine *engine, const uint32_t *node, uint32_t base)
{
    uint32_t first = engine->spans.count;
    for (uint32_t i = base; i < engine->stretches.count; i += 2)
        if (put_within(engine, node, engine->stretches.items[i], engine->stretches.items[i + 1]))
            return -1;
    return tidy_places(engine, first);
}
