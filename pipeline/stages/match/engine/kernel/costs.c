/* What each watch costs: what trying it took, estimated from the articles in which that was timed, and its part of what
 * holding words against wildcards and fuzzy words took, by the letters that were looked at for each.
 */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */
#include "kernel.h"

#include <time.h>

uint64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

typedef struct {
    const Keys *keys;
    double looked;
} Share;

/* Those that name a pattern bear its cost together. */
static void add_share(void *context, uint32_t id)
{
    Share *share = context;
    const Key *key = &share->keys->keys[id];
    if (IS_PATTERN(key->kind) && key->uses)
        share->looked += (double)share->keys->patterns[key->plain].looked / key->uses;
}

static uint64_t cost_of(const Engine *engine, const Watch *watch)
{
    const Keys *keys = &engine->keys;
    if (!watch->has_patterns || keys->looked == 0)
        return watch->nanoseconds;
    Share share = {.keys = keys};
    each_key(engine->store.words + watch->words, watch->size, add_share, &share);
    return watch->nanoseconds + (uint64_t)(share.looked * ((double)keys->nanoseconds / (double)keys->looked));
}

typedef struct {
    Keys *keys;
    uint64_t letters, counted_for;
    uint32_t epoch;
} Letters;

static void add_letters(void *context, uint32_t id)
{
    Letters *letters = context;
    const Key *key = &letters->keys->keys[id];
    Pattern *pattern = IS_PATTERN(key->kind) ? &letters->keys->patterns[key->plain] : NULL;
    if (pattern == NULL || pattern->epoch != letters->epoch || pattern->counted_for == letters->counted_for)
        return;
    pattern->counted_for = letters->counted_for;
    letters->letters += pattern->looked_now;
}

/* How many letters of the current article's words were held against the watch's patterns. */
uint64_t letters_of(Engine *engine, uint32_t slot)
{
    const Watch *watch = &engine->store.watches[slot];
    uint32_t epoch = engine->article.epoch;
    Letters letters = {.keys = &engine->keys, .counted_for = (uint64_t)epoch << 32 | slot, .epoch = epoch};
    if (watch->has_patterns)
        each_key(engine->store.words + watch->words, watch->size, add_letters, &letters);
    return letters.letters;
}

/* Keeps the costliest of those seen so far, the costliest first. */
static void put_costly(Cost *costs, uint32_t *count, uint32_t most, Cost cost)
{
    if (*count == most && costs[most - 1].nanoseconds >= cost.nanoseconds)
        return;
    uint32_t place = *count < most ? (*count)++ : most - 1;
    for (; place > 0 && costs[place - 1].nanoseconds < cost.nanoseconds; place--)
        costs[place] = costs[place - 1];
    costs[place] = cost;
}

/* The watches that cost most, the costliest first; their number. */
uint32_t costliest_watches(const Engine *engine, Cost *costs, uint32_t most)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < engine->store.count; slot++) {
        const Watch *watch = &engine->store.watches[slot];
        uint64_t cost = watch->size ? cost_of(engine, watch) : 0;
        if (watch->size && (watch->evaluations || cost))
            put_costly(costs, &count, most, (Cost){cost, slot});
    }
    return count;
}
