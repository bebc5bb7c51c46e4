/* Whether a program may be filed: every node within its parent, every key in use. What is filed is trusted from then on. */
#include "kernel.h"

#define DEEPEST 500u /* nodes within each other: evaluating goes as deep, on the thread's own stack */

int is_key(const Keys *keys, unsigned long key)
{
    return key < keys->count && !(keys->keys[key].flags & IS_FREE);
}

/* Each of these gives where what it looks at ends, NULL where it is not sound. */

static const uint32_t *after_keys(const Keys *keys, const uint32_t *at, const uint32_t *end, uint32_t count)
{
    if (count == 0 || count > end - at)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        if (!is_key(keys, at[i]))
            return NULL;
    return at + count;
}

static const uint32_t *after_variant(const Keys *keys, const uint32_t *variant, const uint32_t *end)
{
    if (end - variant < 2 || variant[1] == 0)
        return NULL;
    const uint32_t *place = variant + 2;
    for (uint32_t i = 0; i < variant[1] && place != NULL; i++)
        place = place < end ? after_keys(keys, place + 1, end, place[0]) : NULL;
    return place;
}

static const uint32_t *after_leaf(const Keys *keys, const uint32_t *node, const uint32_t *end)
{
    if (end - node < 4)
        return NULL;
    if (OP_OF(node) == OP_KEYS)
        return after_keys(keys, node + 4, end, COUNT_OF(node));
    const uint32_t *at = COUNT_OF(node) ? node + 4 : NULL;
    for (uint32_t i = 0; i < COUNT_OF(node) && at != NULL; i++)
        at = after_variant(keys, at, end);
    return at;
}

static int has_places(uint32_t op)
{
    return op == OP_KEYS || op == OP_PHRASE || op == OP_NEAR || op == OP_ANY;
}

/* Where the children of an inner node begin. */
static const uint32_t *first_child(const uint32_t *node, const uint32_t *end)
{
    uint32_t count = COUNT_OF(node), size = (uint32_t)(end - node);
    switch (OP_OF(node)) {
    case OP_ALL:
    case OP_ANY:
        return count > 0 ? node + 2 : NULL;
    case OP_NOT:
        return count == 1 ? node + 2 : NULL;
    case OP_UNKNOWN:
        return count <= 1 ? node + 2 : NULL;
    case OP_SOME:
        return size >= 3 && node[2] > 0 && node[2] <= count ? node + 3 : NULL;
    case OP_NEAR:
        return count >= 2 && size >= 4 + count - 1 && (node[3] || count == 2) ? node + 4 + count - 1 : NULL;
    case OP_TIMES:
        return size >= 4 && count == 1 ? node + 4 : NULL;
    default:
        return NULL;
    }
}

static const uint32_t *after_node(const Keys *keys, const uint32_t *node, const uint32_t *end, uint32_t depth);

static const uint32_t *after_children(const Keys *keys, const uint32_t *node, const uint32_t *end, uint32_t depth)
{
    uint32_t op = OP_OF(node);
    const uint32_t *child = first_child(node, end);
    for (uint32_t i = 0; i < COUNT_OF(node) && child != NULL; i++) {
        if (child < end && (op == OP_NEAR || op == OP_TIMES) && !has_places(OP_OF(child)))
            return NULL;
        child = after_node(keys, child, end, depth + 1);
    }
    return child;
}

static const uint32_t *after_node(const Keys *keys, const uint32_t *node, const uint32_t *end, uint32_t depth)
{
    if (depth > DEEPEST || end - node < 2 || SIZE_OF(node) < 2 || SIZE_OF(node) > end - node)
        return NULL;
    const uint32_t *own_end = node + SIZE_OF(node), *after;
    if (OP_OF(node) == OP_KEYS || OP_OF(node) == OP_PHRASE)
        after = after_leaf(keys, node, own_end);
    else
        after = after_children(keys, node, own_end, depth);
    return after == own_end ? own_end : NULL;
}

int is_program(const Keys *keys, const uint32_t *program, uint32_t size)
{
    return after_node(keys, program, program + size, 0) == program + size;
}
