/* Whether a query holds for the current article, and the places that say why.
 *
 * What only Python can tell is unknown; a query whose truth hangs on that is unknown too. A place is given for each leaf
 * that helped: not for a negated one, nor for one in a branch that does not hold.
 */
#include "kernel.h"

const uint32_t *children_of(const uint32_t *node)
{
    return node + (OP_OF(node) == OP_SOME ? 3 : 2);
}

/* ---- truth ---- */

static enum Truth all_hold(Engine *engine, const uint32_t *node)
{
    enum Truth truth = IS_TRUE;
    const uint32_t *child = children_of(node);
    for (uint32_t i = 0; i < COUNT_OF(node); i++, child += SIZE_OF(child)) {
        enum Truth one = evaluate(engine, child);
        if (one == IS_FALSE || one == IS_FAILED)
            return one;
        if (one == IS_UNKNOWN)
            truth = IS_UNKNOWN;
    }
    return truth;
}

static enum Truth enough_hold(Engine *engine, const uint32_t *node, uint32_t needed)
{
    uint32_t held = 0, unknown = 0;
    const uint32_t *child = children_of(node);
    for (uint32_t i = 0; i < COUNT_OF(node); i++, child += SIZE_OF(child)) {
        enum Truth one = evaluate(engine, child);
        if (one == IS_FAILED)
            return one;
        held += one == IS_TRUE;
        unknown += one == IS_UNKNOWN;
        if (held >= needed)
            return IS_TRUE;
    }
    return held + unknown >= needed ? IS_UNKNOWN : IS_FALSE;
}

static enum Truth reversed(enum Truth truth)
{
    return truth == IS_TRUE ? IS_FALSE : truth == IS_FALSE ? IS_TRUE : truth;
}

static enum Truth has_places(Engine *engine, const uint32_t *node, uint32_t needed)
{
    uint32_t base = engine->spans.count;
    if (first_places(engine, node, needed))
        return IS_FAILED;
    uint32_t count = engine->spans.count - base;
    engine->spans.count = base;
    return count >= needed ? IS_TRUE : IS_FALSE;
}

static enum Truth unless_false(Engine *engine, const uint32_t *node)
{
    enum Truth bound = COUNT_OF(node) ? evaluate(engine, node + 2) : IS_UNKNOWN;
    return bound == IS_TRUE ? IS_UNKNOWN : bound;
}

enum Truth evaluate(Engine *engine, const uint32_t *node)
{
    switch (OP_OF(node)) {
    case OP_ALL:
        return all_hold(engine, node);
    case OP_ANY:
        return enough_hold(engine, node, 1);
    case OP_SOME:
        return enough_hold(engine, node, node[2]);
    case OP_NOT:
        return reversed(evaluate(engine, node + 2));
    case OP_KEYS:
    case OP_PHRASE:
        return leaf_holds(engine, node);
    case OP_NEAR:
        return has_places(engine, node, 1);
    case OP_TIMES:
        return has_places(engine, node, node[3]);
    default:
        return unless_false(engine, node);
    }
}

/* ---- places ---- */

static int put_hits(Engine *engine, uint32_t base, uint32_t clause)
{
    uint32_t count = engine->spans.count - base;
    if (count > MAX_HITS_OF_CLAUSE)
        count = MAX_HITS_OF_CLAUSE;
    if (RESERVE(engine->hits, engine->hit_room, engine->hit_count + count))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const Span *span = &engine->spans.items[base + i];
        HitPlace hit = {span->field, span->start, span->end, clause, span->origin};
        engine->hits[engine->hit_count++] = hit;
    }
    return 0;
}

static enum Truth collect_leaf(Engine *engine, const uint32_t *node)
{
    uint32_t base = engine->spans.count, clause = node[2];
    if (clause == NONE)
        return evaluate(engine, node);
    uint32_t needed = OP_OF(node) == OP_TIMES ? node[3] : 1;
    if (first_places(engine, node, needed > MAX_HITS_OF_CLAUSE ? needed : MAX_HITS_OF_CLAUSE))
        return IS_FAILED;
    enum Truth truth = engine->spans.count - base >= needed ? IS_TRUE : IS_FALSE;
    if (truth == IS_TRUE && put_hits(engine, base, clause))
        truth = IS_FAILED;
    engine->spans.count = base;
    return truth;
}

/* Of those that hold, the hits; of the others none. */
static enum Truth collect_some(Engine *engine, const uint32_t *node, uint32_t needed)
{
    uint32_t held = 0, unknown = 0, before = engine->hit_count;
    const uint32_t *child = children_of(node);
    for (uint32_t i = 0; i < COUNT_OF(node); i++, child += SIZE_OF(child)) {
        enum Truth one = collect_hits(engine, child);
        if (one == IS_FAILED)
            return one;
        held += one == IS_TRUE;
        unknown += one == IS_UNKNOWN;
    }
    if (unknown && held + unknown >= needed)
        return IS_UNKNOWN; /* even where enough hold without: their places are wanted */
    if (held >= needed)
        return IS_TRUE;
    engine->hit_count = before;
    return IS_FALSE;
}

/* Puts the hits of a node that holds; UNKNOWN where Python must find them. */
enum Truth collect_hits(Engine *engine, const uint32_t *node)
{
    switch (OP_OF(node)) {
    case OP_ALL:
        return collect_some(engine, node, COUNT_OF(node));
    case OP_ANY:
        return collect_some(engine, node, 1);
    case OP_SOME:
        return collect_some(engine, node, node[2]);
    case OP_NOT:
    case OP_UNKNOWN:
        return evaluate(engine, node);
    default:
        return collect_leaf(engine, node);
    }
}
