/* Places near each other: in one field, no word shared, and at most so many words between them.
 *
 * Each list of places is gone through once, and in the other it is looked around from where it was looked last: the cost is
 * that of reading them, and never that of all pairs.
 */
#include "kernel.h"

/* Places in the order of their first words, or of their last. */
typedef struct {
    const Span *items;
    uint32_t count, at; /* where it was looked last */
    int is_by_last;
} List;

static uint32_t word_at(const List *list, uint32_t place)
{
    return list->is_by_last ? list->items[place].last : list->items[place].first;
}

/* How many of the places stand before that word: found in ever longer steps from where it was looked last. */
static uint32_t count_before(List *list, uint32_t word)
{
    uint32_t low, high = list->at, step = 1;
    if (high < list->count && word_at(list, high) < word) {
        for (low = high; list->count - low > step && word_at(list, low + step) < word; step *= 2)
            low += step;
        high = list->count - low > step ? low + step : list->count;
        low++;
    } else {
        for (; high >= step && word_at(list, high - step) >= word; step *= 2)
            high -= step;
        low = high >= step ? high - step + 1 : 0;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (word_at(list, middle) < word)
            low = middle + 1;
        else
            high = middle;
    }
    return list->at = low;
}

static int has_after(const Span *span, List *by_first, uint32_t distance)
{
    uint32_t following = count_before(by_first, span->last + 1);
    const Span *next = by_first->items + following;
    return following < by_first->count && next->field == span->field && next->first - span->last - 1 <= distance;
}

static int has_before(const Span *span, List *by_last, uint32_t distance)
{
    uint32_t preceding = count_before(by_last, span->first);
    const Span *previous = by_last->items + preceding - 1;
    return preceding > 0 && previous->field == span->field && span->first - previous->last - 1 <= distance;
}

static int by_last(const void *one, const void *other)
{
    const Span *a = one, *b = other;
    return (a->last > b->last) - (a->last < b->last);
}

/* What is to be near, and its places on the stack: by offset, since it moves. */
typedef struct {
    const uint32_t *node;
    uint64_t most; /* places it may have */
    uint32_t start, count;
} Part;

static List by_first_words(const Spans *spans, Part part)
{
    return (List){spans->items + part.start, part.count, 0, 0};
}

/* The part by its last words: itself where it is in their order, as places of equal length are; else a copy on the stack. */
static int order_by_last(Spans *spans, Part *part)
{
    const Span *items = spans->items + part->start;
    uint32_t in_order = 1;
    while (in_order < part->count && items[in_order - 1].last <= items[in_order].last)
        in_order++;
    if (in_order >= part->count)
        return 0;
    if (RESERVE(spans->items, spans->room, (uint64_t)spans->count + part->count))
        return -1;
    Span *copy = spans->items + spans->count;
    memcpy(copy, spans->items + part->start, part->count * sizeof *copy);
    qsort(copy, part->count, sizeof *copy, by_last);
    part->start = spans->count;
    spans->count += part->count;
    return 0;
}

static List by_last_words(const Spans *spans, Part part)
{
    return (List){spans->items + part.start, part.count, 0, 1};
}

/* ---- in any order: two parts ---- */

static void mark_near(const Spans *spans, Part of, Part by_first, Part by_last, uint32_t distance, uint8_t *marks)
{
    List following = by_first_words(spans, by_first), preceding = by_last_words(spans, by_last);
    const Span *items = spans->items + of.start;
    for (uint32_t i = 0; i < of.count; i++)
        marks[i] = (uint8_t)(has_after(&items[i], &following, distance) || has_before(&items[i], &preceding, distance));
}

static uint32_t keep_marked(Span *items, uint32_t count, const uint8_t *marks)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (marks[i])
            items[kept++] = items[i];
    return kept;
}

static int keep_near(Engine *engine, Part *parts, uint32_t distance)
{
    Spans *spans = &engine->spans;
    Part *one = &parts[0], *other = &parts[1], one_last = *one, other_last = *other;
    uint8_t *marks = malloc(one->count + other->count);
    if (marks == NULL || spend(engine, 2ull * (one->count + other->count)) || order_by_last(spans, &one_last) ||
        order_by_last(spans, &other_last)) {
        free(marks);
        return -1;
    }
    mark_near(spans, *one, *other, other_last, distance, marks);
    mark_near(spans, *other, *one, one_last, distance, marks + one->count);
    uint8_t *others_marks = marks + one->count;
    one->count = keep_marked(spans->items + one->start, one->count, marks);
    other->count = keep_marked(spans->items + other->start, other->count, others_marks);
    free(marks);
    return 0;
}

/* ---- in order: any number of parts ---- */

/* Drops the places of the part with none of `before` near before them. */
static int keep_followers(Engine *engine, Part before, Part *part, uint32_t distance)
{
    Spans *spans = &engine->spans;
    uint32_t top = spans->count, kept = 0;
    if (spend(engine, 2ull * before.count + part->count) || order_by_last(spans, &before))
        return -1;
    List preceding = by_last_words(spans, before);
    Span *own = spans->items + part->start;
    for (uint32_t i = 0; i < part->count; i++)
        if (has_before(&own[i], &preceding, distance))
            own[kept++] = own[i];
    part->count = kept;
    spans->count = top;
    return 0;
}

/* Drops the places of the part with none of `after` near after them. */
static int keep_leaders(Engine *engine, Part *part, Part after, uint32_t distance)
{
    List following = by_first_words(&engine->spans, after);
    Span *own = engine->spans.items + part->start;
    uint32_t kept = 0;
    if (spend(engine, part->count))
        return -1;
    for (uint32_t i = 0; i < part->count; i++)
        if (has_after(&own[i], &following, distance))
            own[kept++] = own[i];
    part->count = kept;
    return 0;
}

static int keep_rows(Engine *engine, Part *parts, uint32_t count, const uint32_t *distances)
{
    for (uint32_t i = 1; i < count; i++)
        if (keep_followers(engine, parts[i - 1], &parts[i], distances[i - 1]))
            return -1;
    for (uint32_t i = count - 1; i > 0; i--)
        if (keep_leaders(engine, &parts[i - 1], parts[i], distances[i - 1]))
            return -1;
    return 0;
}

/* ---- either ---- */

/* The part that has fewest places at most; `count` for none where one of them has no place at all. */
static uint32_t find_rarest(const Engine *engine, const uint32_t *node, Part *parts)
{
    uint32_t rarest = 0;
    const uint32_t *part = node + 4 + COUNT_OF(node) - 1;
    for (uint32_t i = 0; i < COUNT_OF(node); i++, part += SIZE_OF(part)) {
        uint64_t most = count_places(engine, part);
        if (most == 0)
            return COUNT_OF(node);
        parts[i] = (Part){.node = part, .most = most};
        rarest = most < parts[rarest].most ? i : rarest;
    }
    return rarest;
}

/* Puts a part's places on the stack: all of them, or those in the stretches where they are quicker looked at. */
static int put_part(Engine *engine, Part *part, uint32_t stretches)
{
    part->start = engine->spans.count;
    int is_rarer = engine->stretches.count == stretches || part->most <= cost_of_stretches(engine, part->node, stretches);
    if (is_rarer ? put_places(engine, part->node, NONE) : put_places_within(engine, part->node, stretches))
        return -1;
    part->count = engine->spans.count - part->start;
    return 0;
}

#ifndef WORTH_STRETCHES
#define WORTH_STRETCHES 64u /* places of the others; fewer are gathered as quickly */
#endif

/* 1 where one of the parts has no place: then none has one near it. */
static int put_parts(Engine *engine, const uint32_t *node, Part *parts)
{
    uint32_t count = COUNT_OF(node), rarest = find_rarest(engine, node, parts), stretches = engine->stretches.count;
    if (rarest == count)
        return 1;
    uint64_t others = 0;
    for (uint32_t i = 0; i < count; i++)
        others += i == rarest ? 0 : parts[i].most;
    if (put_part(engine, &parts[rarest], stretches))
        return -1;
    if (others > WORTH_STRETCHES && others > parts[rarest].count &&
        put_stretches(engine, parts[rarest].start, parts[rarest].count, reach_of(engine, node)))
        return -1;
    int done = parts[rarest].count == 0;
    for (uint32_t i = 0; i < count && done == 0; i++)
        if (i != rarest)
            done = put_part(engine, &parts[i], stretches) ? -1 : parts[i].count == 0;
    engine->stretches.count = stretches;
    return done;
}

/* Puts what is left of the parts side by side, from `base` on. */
static int settle(Engine *engine, const Part *parts, uint32_t count, uint32_t base)
{
    Spans *spans = &engine->spans;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += parts[i].count;
    if (RESERVE(spans->items, spans->room, spans->count + sum))
        return -1;
    Span *top = spans->items + spans->count, *next = top;
    for (uint32_t i = 0; i < count; next += parts[i++].count)
        memcpy(next, spans->items + parts[i].start, parts[i].count * sizeof *next);
    memmove(spans->items + base, top, sum * sizeof *top);
    spans->count = base + (uint32_t)sum;
    return tidy_places(engine, base);
}

static int keep(Engine *engine, const uint32_t *node, Part *parts, uint32_t base)
{
    int done = put_parts(engine, node, parts);
    if (done == 0)
        done = node[3] ? keep_rows(engine, parts, COUNT_OF(node), node + 4) : keep_near(engine, parts, node[4]);
    if (done == 0)
        return settle(engine, parts, COUNT_OF(node), base);
    engine->spans.count = base;
    return done < 0 ? -1 : 0;
}

/* Puts the places of the parts that take part on the stack, in the order of the text, each once. */
int near_places(Engine *engine, const uint32_t *node)
{
    Part *parts = malloc(COUNT_OF(node) * sizeof *parts);
    if (parts == NULL)
        return -1;
    int done = keep(engine, node, parts, engine->spans.count);
    free(parts);
    return done;
}
