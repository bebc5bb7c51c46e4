/* Places near each other: in one field, no word shared, and at most so many words between them.
 *
 * Places are searched by bisection, so that the cost is that of sorting them and never that of all pairs.
 */
#include "kernel.h"

typedef struct {
    Span *items;
    uint32_t count;
} List;

/* The first place of the list, which is in order of first words, that begins after that word. */
static const Span *first_after(List list, uint32_t word)
{
    uint32_t low = 0, high = list.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list.items[middle].first <= word)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list.count ? &list.items[low] : NULL;
}

/* The last place of the list, which is in order of last words, that ends before that word. */
static const Span *last_before(List list, uint32_t word)
{
    uint32_t low = 0, high = list.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list.items[middle].last < word)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &list.items[low - 1] : NULL;
}

static int has_after(const Span *span, List by_first, uint32_t distance)
{
    const Span *next = first_after(by_first, span->last);
    return next != NULL && next->field == span->field && next->first - span->last - 1 <= distance;
}

static int has_before(const Span *span, List by_last, uint32_t distance)
{
    const Span *previous = last_before(by_last, span->first);
    return previous != NULL && previous->field == span->field && span->first - previous->last - 1 <= distance;
}

static int by_first(const void *one, const void *other)
{
    const Span *a = one, *b = other;
    return (a->first > b->first) - (a->first < b->first);
}

static int by_last(const void *one, const void *other)
{
    const Span *a = one, *b = other;
    return (a->last > b->last) - (a->last < b->last);
}

static void sort(List list, int (*order)(const void *, const void *))
{
    for (uint32_t i = 1; i < list.count; i++)
        if (order(&list.items[i - 1], &list.items[i]) > 0) {
            qsort(list.items, list.count, sizeof *list.items, order);
            return;
        }
}

/* ---- in any order: two parts ---- */

/* Copies on the stack; NULL for want of memory. Lists are by offset, since the stack moves. */
static Span *copy_on_top(Spans *spans, uint32_t base, uint32_t count)
{
    if (RESERVE(spans->items, spans->room, (uint64_t)spans->count + count))
        return NULL;
    Span *copy = spans->items + spans->count;
    memcpy(copy, spans->items + base, count * sizeof *copy);
    spans->count += count;
    return copy;
}

static void mark_near(List of, List others_by_first, List others_by_last, uint32_t distance, uint8_t *marks)
{
    for (uint32_t i = 0; i < of.count; i++)
        marks[i] = (uint8_t)(has_after(&of.items[i], others_by_first, distance) ||
                             has_before(&of.items[i], others_by_last, distance));
}

static uint32_t keep_marked(Span *to, List from, const uint8_t *marks)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < from.count; i++)
        if (marks[i])
            to[kept++] = from.items[i];
    return kept;
}

static int keep_near(Spans *spans, const uint32_t *starts, uint32_t distance)
{
    uint32_t count = starts[2] - starts[0];
    uint8_t *marks = malloc(count + 1);
    if (marks == NULL || copy_on_top(spans, starts[0], count) == NULL) {
        free(marks);
        return -1;
    }
    Span *base = spans->items + starts[0], *copies = spans->items + starts[2];
    uint32_t one_count = starts[1] - starts[0], other_count = starts[2] - starts[1];
    List one = {base, one_count}, other = {base + one_count, other_count};
    List one_last = {copies, one_count}, other_last = {copies + one_count, other_count};
    sort(one, by_first);
    sort(other, by_first);
    sort(one_last, by_last);
    sort(other_last, by_last);
    mark_near(one, other, other_last, distance, marks);
    mark_near(other, one, one_last, distance, marks + one_count);
    uint32_t kept = keep_marked(base, one, marks);
    kept += keep_marked(base + kept, other, marks + one_count);
    spans->count = starts[0] + kept;
    free(marks);
    return 0;
}

/* ---- in order: any number of parts ---- */

/* Drops the places of part `i` with none of part `i - 1` near before them. */
static void keep_followers(Span *items, const uint32_t *starts, uint32_t *counts, uint32_t i, uint32_t distance)
{
    List before = {items + starts[i - 1], counts[i - 1]};
    Span *own = items + starts[i];
    uint32_t kept = 0;
    sort(before, by_last);
    for (uint32_t k = 0; k < counts[i]; k++)
        if (has_before(&own[k], before, distance))
            own[kept++] = own[k];
    counts[i] = kept;
}

/* Drops the places of part `i` with none of part `i + 1` near after them. */
static void keep_leaders(Span *items, const uint32_t *starts, uint32_t *counts, uint32_t i, uint32_t distance)
{
    List following = {items + starts[i + 1], counts[i + 1]};
    Span *own = items + starts[i];
    uint32_t kept = 0;
    sort(following, by_first);
    for (uint32_t k = 0; k < counts[i]; k++)
        if (has_after(&own[k], following, distance))
            own[kept++] = own[k];
    counts[i] = kept;
}

static void keep_rows(Spans *spans, const uint32_t *starts, uint32_t *counts, uint32_t parts, const uint32_t *distances)
{
    for (uint32_t i = 1; i < parts; i++)
        keep_followers(spans->items, starts, counts, i, distances[i - 1]);
    for (uint32_t i = parts - 1; i > 0; i--)
        keep_leaders(spans->items, starts, counts, i - 1, distances[i - 1]);
    uint32_t kept = starts[0];
    for (uint32_t i = 0; i < parts; i++) {
        memmove(spans->items + kept, spans->items + starts[i], counts[i] * sizeof *spans->items);
        kept += counts[i];
    }
    spans->count = kept;
}

/* ---- either ---- */

static int put_parts(Engine *engine, const uint32_t *part, uint32_t parts, uint32_t *starts)
{
    Spans *spans = &engine->spans;
    for (uint32_t i = 0; i < parts; i++, part += SIZE_OF(part)) {
        starts[i] = spans->count;
        if (put_places(engine, part, NONE))
            return -1;
        if (spans->count == starts[i]) { /* one without a place: none has one near it */
            spans->count = starts[0];
            return 1;
        }
    }
    starts[parts] = spans->count;
    return 0;
}

/* Puts the places of the parts that take part on the stack, in the order of the text, each once. */
int near_places(Engine *engine, const uint32_t *node)
{
    uint32_t parts = COUNT_OF(node), base = engine->spans.count;
    const uint32_t *distances = node + 4, *first_part = distances + parts - 1;
    uint32_t *starts = malloc((2 * parts + 1) * sizeof *starts), *counts = starts + parts + 1;
    if (starts == NULL)
        return -1;
    int done = put_parts(engine, first_part, parts, starts);
    if (done == 0 && node[3]) {
        for (uint32_t i = 0; i < parts; i++)
            counts[i] = starts[i + 1] - starts[i];
        keep_rows(&engine->spans, starts, counts, parts, distances);
    } else if (done == 0) {
        done = keep_near(&engine->spans, starts, distances[0]);
    }
    free(starts);
    tidy_places(&engine->spans, base);
    return done < 0 ? -1 : 0;
}

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
    tidy_places(&engine->spans, base);
    return 0;
}
