/* The places of a part of a query, and of them the first ones in the order of the text.
 *
 * Who asks whether two words stand near each other anywhere, or where they do so first, is answered from the beginning
 * of a long text where that will do: only where it will not is the whole of it looked at.
 */
#include "kernel.h"

#ifndef FIRST_WINDOW
#define FIRST_WINDOW 4096u /* tokens */
#endif
#define WIDENED 8u         /* times, where a window will not do: what was looked at in vain is a seventh of the whole */

/* ---- in the order of the text ---- */

static int order_of(const Span *one, const Span *other)
{
    if (one->field != other->field)
        return one->field < other->field ? -1 : 1;
    if (one->first != other->first)
        return one->first < other->first ? -1 : 1;
    if (one->last != other->last)
        return one->last < other->last ? -1 : 1;
    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    if (one->end != other->end)
        return one->end < other->end ? -1 : 1;
    return one->origin < other->origin ? -1 : one->origin > other->origin;
}

static int is_before(const Span *one, const Span *other)
{
    return one->field != other->field   ? one->field < other->field
           : one->first != other->first ? one->first < other->first
                                        : one->last < other->last;
}

/* Where the places cease to be in order that are so from `start` on. */
static uint32_t end_of_run(const Span *items, uint32_t start, uint32_t end)
{
    uint32_t next = start + 1;
    while (next < end && order_of(&items[next - 1], &items[next]) <= 0)
        next++;
    return next < end ? next : end;
}

static void merge(const Span *one, uint32_t ones, const Span *other, uint32_t others, Span *to)
{
    while (ones && others) {
        if (order_of(one, other) <= 0) {
            *to++ = *one++;
            ones--;
        } else {
            *to++ = *other++;
            others--;
        }
    }
    memcpy(to, ones ? one : other, (ones ? ones : others) * sizeof *to);
}

/* Merges each run with the next one; how many there are then. */
static uint32_t merge_runs(const Span *from, uint32_t count, Span *to)
{
    uint32_t runs = 0;
    for (uint32_t start = 0; start < count; runs++) {
        uint32_t middle = end_of_run(from, start, count);
        uint32_t end = middle < count ? end_of_run(from, middle, count) : count;
        merge(from + start, middle - start, from + middle, end - middle, to + start);
        start = end;
    }
    return runs;
}

/* Sorts what is mostly sorted, as the places of a few words one after the other are; twice the room is there. */
static int sort_runs(Engine *engine, Span *items, uint32_t count)
{
    Span *from = items, *to = items + count;
    for (uint32_t runs = 2; runs > 1;) {
        if (spend(engine, count))
            return -1;
        runs = merge_runs(from, count, to);
        Span *done = from;
        from = to;
        to = done;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
    return 0;
}

/* Puts the places from `base` on in the order of the text; of those at the same words the one whose origin is first. */
int tidy_places(Engine *engine, uint32_t base)
{
    Spans *spans = &engine->spans;
    uint32_t in_order = base + 1, kept = base + 1, count = spans->count - base;
    while (in_order < spans->count && is_before(&spans->items[in_order - 1], &spans->items[in_order]))
        in_order++;
    if (in_order >= spans->count)
        return 0;
    if (RESERVE(spans->items, spans->room, spans->count + (uint64_t)count) ||
        sort_runs(engine, spans->items + base, count))
        return -1;
    Span *items = spans->items;
    for (uint32_t i = base + 1; i < spans->count; i++)
        if (is_before(&items[kept - 1], &items[i]))
            items[kept++] = items[i];
    spans->count = kept;
    return 0;
}

/* ---- all places within the window ---- */

/* Puts the places of a leaf, of places near each other, or of one of several on the stack: the first `most` and, where it is
 * no dearer, others. */
int put_places(Engine *engine, const uint32_t *node, uint32_t most)
{
    uint32_t base = engine->spans.count, op = OP_OF(node);
    if (op == OP_KEYS || op == OP_PHRASE)
        return leaf_places(engine, node, most);
    if (op == OP_NEAR)
        return near_places(engine, node);
    if (op == OP_TIMES)
        return put_places(engine, node + 4, most);
    const uint32_t *child = children_of(node);
    for (uint32_t i = 0; i < COUNT_OF(node); i++, child += SIZE_OF(child))
        if (put_places(engine, child, most))
            return -1;
    return tidy_places(engine, base);
}

/* ---- the first ---- */

static uint64_t longest_variant(const uint32_t *node)
{
    uint64_t longest = 0;
    const uint32_t *variant = node + 4;
    for (uint32_t i = 0; i < COUNT_OF(node); i++) {
        longest = variant[1] > longest ? variant[1] : longest;
        const uint32_t *place = variant + 2;
        for (uint32_t k = 0; k < variant[1]; k++)
            place += 1 + place[0];
        variant = place;
    }
    return longest;
}

/* How many words at most lie between the beginning of a place and the end of what it depends on. */
uint64_t reach_of(const Engine *engine, const uint32_t *node)
{
    uint32_t op = OP_OF(node), count = COUNT_OF(node);
    if (op == OP_KEYS)
        return engine->article.longest_mention + 1;
    if (op == OP_PHRASE)
        return longest_variant(node);
    if (op == OP_TIMES)
        return reach_of(engine, node + 4);
    uint64_t sum = 0, farthest = 0;
    for (uint32_t i = 0; op == OP_NEAR && i + 1 < count; i++)
        sum += 1ull + node[4 + i];
    const uint32_t *child = op == OP_NEAR ? node + 4 + count - 1 : children_of(node);
    for (uint32_t i = 0; i < count; i++, child += SIZE_OF(child)) {
        uint64_t reach = reach_of(engine, child);
        sum += op == OP_NEAR ? reach : 0;
        farthest = reach > farthest ? reach : farthest;
    }
    return op == OP_NEAR ? sum : farthest;
}

/* How many of the places from `base` on, the first ones, are those of the whole text, too. */
static uint32_t count_settled(const Engine *engine, uint32_t base, uint64_t reach)
{
    const Spans *spans = &engine->spans;
    uint32_t settled = base;
    while (settled < spans->count && spans->items[settled].first + reach < engine->window)
        settled++;
    return settled - base;
}

/* Puts places on the stack of which the first `most` are the first ones in the text, or all there are. */
int first_places(Engine *engine, const uint32_t *node, uint32_t most)
{
    uint32_t base = engine->spans.count, end = engine->article.token_count;
    for (uint64_t window = FIRST_WINDOW; window < end; window *= WIDENED) {
        engine->window = (uint32_t)window;
        if (put_places(engine, node, most))
            return -1;
        if (count_settled(engine, base, reach_of(engine, node)) >= most)
            return 0;
        engine->spans.count = base;
    }
    engine->window = end;
    return put_places(engine, node, most);
}
