/* The keys under which a watch is filed: an article without any of them cannot match it.
 *
 * 1. A phrase needs its rarest word, or, where none is rare, two words in a row; a word with several forms, one of them.
 * 2. AND needs what its most selective part does; OR what each part does; "2 of 5" what each of the four rarest does.
 * 3. Negations, and what only Python can tell, need nothing; a watch that rests on them alone is tried for each article.
 *
 * How rare a key is, is learned: the share of articles that had it. Until some have been seen, the longer the rarer.
 */
#include "kernel.h"

#include <math.h>

#define PRIOR_ARTICLES 16.0 /* how many seen articles the guess by length weighs as much as */
#define WORTH_A_PAIR 0.002  /* a word rarer than one in 500 articles is filed alone: a pair costs memory */
#define SPARE (-1.0)        /* no cost is: a part that may be missing */
#define SHARE_OF_PAIR 0.02  /* of the articles with the rarer word, until it is known */

static double guess(const Key *key)
{
    if (key->flags & IS_COMMON)
        return 0.5;
    switch (key->kind) {
    case NAMED:
        return 0.002;
    case ATTRIBUTE:
        return 0.25;
    case FUZZY:
    case FUZZY2:
        return 0.02;
    default:
        return 0.4 * pow(1.5, -(double)(key->count < 14 ? key->count : 14));
    }
}

static double rate(const Engine *engine, uint32_t id)
{
    const Key *key = &engine->keys.keys[id];
    double age = engine->articles - key->born;
    return (key->articles + PRIOR_ARTICLES * guess(key)) / (age + PRIOR_ARTICLES);
}

double cost_of_anchors(const Engine *engine, const uint32_t *keys, uint32_t count)
{
    double cost = 0;
    for (uint32_t i = 0; i < count; i++)
        cost += rate(engine, keys[i]);
    return cost;
}

static double need_keys(Engine *engine, const uint32_t *keys, uint32_t count)
{
    double cost = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (put_number(&engine->anchors, keys[i]))
            return -1;
        cost += rate(engine, keys[i]);
    }
    return cost;
}

/* ---- words in a row ---- */

typedef struct {
    double cost;
    const uint32_t *place;
    uint32_t pair[2]; /* the rarest two words in a row, each of one form */
    double pair_cost;
} Choice;

static void weigh_pair(const Engine *engine, const uint32_t *place, const uint32_t *next, Choice *choice)
{
    const Key *keys = engine->keys.keys;
    if (place[0] != 1 || next[0] != 1 || keys[place[1]].kind != WORD || keys[next[1]].kind != WORD)
        return;
    double one = rate(engine, place[1]), other = rate(engine, next[1]);
    double cost = (one < other ? one : other) * SHARE_OF_PAIR;
    uint32_t both[2] = {place[1], next[1]};
    uint32_t known = pair_find(&engine->keys, both[0], both[1]);
    if (known != NONE)
        cost = (keys[known].articles + PRIOR_ARTICLES * cost) / (engine->articles - keys[known].born + PRIOR_ARTICLES);
    if (cost < choice->pair_cost) {
        choice->pair_cost = cost;
        memcpy(choice->pair, both, sizeof both);
    }
}

static Choice choose(const Engine *engine, const uint32_t *variant)
{
    Choice choice = {INFINITY, NULL, {NONE, NONE}, INFINITY};
    const uint32_t *place = variant + 2;
    for (uint32_t i = 0; i < variant[1]; i++) {
        double cost = cost_of_anchors(engine, place + 1, place[0]);
        if (cost < choice.cost) {
            choice.cost = cost;
            choice.place = place;
        }
        const uint32_t *next = place + 1 + place[0];
        if (i + 1 < variant[1])
            weigh_pair(engine, place, next, &choice);
        place = next;
    }
    return choice;
}

static double need_variant(Engine *engine, const uint32_t *variant)
{
    Choice choice = choose(engine, variant);
    if (choice.cost <= WORTH_A_PAIR || choice.pair_cost >= choice.cost)
        return need_keys(engine, choice.place + 1, choice.place[0]);
    uint32_t pair = key_make(engine, PAIR, choice.pair, 2);
    if (pair == NONE || put_number(&engine->anchors, pair))
        return -1;
    engine->keys.keys[choice.pair[0]].flags |= STARTS_PAIR;
    return choice.pair_cost;
}

static double need_phrase(Engine *engine, const uint32_t *node)
{
    double cost = 0;
    const uint32_t *variant = node + 4;
    for (uint32_t i = 0; i < COUNT_OF(node); i++) {
        double one = need_variant(engine, variant);
        if (one < 0)
            return one;
        cost += one;
        const uint32_t *place = variant + 2;
        for (uint32_t k = 0; k < variant[1]; k++)
            place += 1 + place[0];
        variant = place;
    }
    return cost;
}

/* ---- parts ---- */

static double need(Engine *engine, const uint32_t *node);

static double need_best(Engine *engine, const uint32_t *child, uint32_t count)
{
    Numbers *anchors = &engine->anchors;
    uint32_t base = anchors->count, kept = 0;
    double best = INFINITY;
    for (uint32_t i = 0; i < count; i++, child += SIZE_OF(child)) {
        uint32_t start = anchors->count;
        double cost = need(engine, child);
        if (cost < 0)
            return cost;
        if (cost < best) {
            best = cost;
            kept = anchors->count - start;
            if (kept)
                memmove(anchors->items + base, anchors->items + start, kept * sizeof *anchors->items);
        }
        anchors->count = base + kept;
    }
    return best;
}

static double need_each(Engine *engine, const uint32_t *child, uint32_t count)
{
    double sum = 0;
    uint32_t base = engine->anchors.count;
    for (uint32_t i = 0; i < count; i++, child += SIZE_OF(child)) {
        double cost = need(engine, child);
        if (cost < 0)
            return cost;
        sum += cost;
    }
    if (sum == INFINITY)
        engine->anchors.count = base;
    return sum;
}

typedef struct {
    double cost;
    uint32_t start, count; /* of its anchors */
} Part;

static uint32_t costliest(const Part *parts, uint32_t count)
{
    uint32_t worst = 0;
    for (uint32_t i = 1; i < count; i++)
        if (parts[i].cost > parts[worst].cost)
            worst = i;
    return worst;
}

/* Weighs each part once, however deep they are nested; their anchors stand one after the other. */
static int weigh_parts(Engine *engine, const uint32_t *node, Part *parts)
{
    const uint32_t *child = children_of(node);
    for (uint32_t i = 0; i < COUNT_OF(node); i++, child += SIZE_OF(child)) {
        uint32_t start = engine->anchors.count;
        double cost = need(engine, child);
        if (cost < 0)
            return -1;
        parts[i] = (Part){cost, start, engine->anchors.count - start};
    }
    return 0;
}

/* Leaves the anchors of the parts that are not spare; their cost. */
static double keep_parts(Numbers *anchors, const Part *parts, uint32_t count, uint32_t base)
{
    double sum = 0;
    anchors->count = base;
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].cost == SPARE || parts[i].count == 0) {
            sum += parts[i].cost == SPARE ? 0 : parts[i].cost;
            continue;
        }
        sum += parts[i].cost;
        memmove(anchors->items + anchors->count, anchors->items + parts[i].start, parts[i].count * sizeof *anchors->items);
        anchors->count += parts[i].count;
    }
    if (sum == INFINITY)
        anchors->count = base;
    return sum;
}

/* What all but `spare` of the parts need: of those that hold one at least is not among the `spare` costliest. */
static double need_cheapest(Engine *engine, const uint32_t *node, uint32_t spare)
{
    uint32_t count = COUNT_OF(node), base = engine->anchors.count;
    Part *parts = malloc(count * sizeof *parts);
    if (parts == NULL || weigh_parts(engine, node, parts)) {
        free(parts);
        return -1;
    }
    for (; spare > 0; spare--)
        parts[costliest(parts, count)].cost = SPARE;
    double sum = keep_parts(&engine->anchors, parts, count, base);
    free(parts);
    return sum;
}

static double need(Engine *engine, const uint32_t *node)
{
    switch (OP_OF(node)) {
    case OP_ALL:
        return need_best(engine, children_of(node), COUNT_OF(node));
    case OP_ANY:
        return need_each(engine, children_of(node), COUNT_OF(node));
    case OP_SOME:
        return need_cheapest(engine, node, node[2] - 1);
    case OP_KEYS:
        return need_keys(engine, node + 4, COUNT_OF(node));
    case OP_PHRASE:
        return need_phrase(engine, node);
    case OP_NEAR:
        return need_best(engine, node + 4 + COUNT_OF(node) - 1, COUNT_OF(node));
    case OP_TIMES:
        return need(engine, node + 4);
    case OP_UNKNOWN:
        return COUNT_OF(node) ? need(engine, node + 2) : INFINITY;
    default:
        return INFINITY;
    }
}

/* Puts the best anchors into engine->anchors, none for a watch that needs nothing; the cost, or < 0 for want of memory. */
double choose_anchors(Engine *engine, const uint32_t *program)
{
    engine->anchors.count = 0;
    double cost = need(engine, program);
    return cost;
}
