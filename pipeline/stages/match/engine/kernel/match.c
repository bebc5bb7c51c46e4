/* The watches the current article matches: those filed under a key it has are tried, each at most once. */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */
#include "kernel.h"

#include <time.h>

#define AHEAD 6u       /* candidates whose programs are asked for before they are tried */
#define TIMED_EVERY 16u /* articles: reading the clock for each candidate would cost a tenth of the whole */


int put_number(Numbers *numbers, uint32_t number)
{
    if (RESERVE(numbers->items, numbers->room, numbers->count + 1))
        return -1;
    numbers->items[numbers->count++] = number;
    return 0;
}

static int put_filed(Engine *engine, const Postings *postings)
{
    const uint32_t *slots = postings_of(postings);
    for (uint32_t i = 0; i < postings->count; i++) {
        PREFETCH(&engine->store.watches[slots[i]]);
        if (put_number(&engine->candidates, slots[i]))
            return -1;
    }
    return 0;
}

/* Leaves each watch in once, and those out that are gone. */
static void keep_candidates(Engine *engine)
{
    Numbers *candidates = &engine->candidates;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < candidates->count; i++) {
        Watch *watch = &engine->store.watches[candidates->items[i]];
        if (watch->size == 0 || watch->seen == engine->article.epoch)
            continue;
        watch->seen = engine->article.epoch;
        candidates->items[kept++] = candidates->items[i];
    }
    candidates->count = kept;
}

static int find_candidates(Engine *engine)
{
    const Article *article = &engine->article;
    engine->candidates.count = 0;
    for (uint32_t i = 0; i < article->present_count; i++)
        if (put_filed(engine, &engine->keys.postings[article->present[i]]))
            return -1;
    if (put_filed(engine, &engine->store.always))
        return -1;
    keep_candidates(engine);
    return 0;
}

/* ---- what is told of a match ---- */

static int is_before(const HitPlace *one, const HitPlace *other)
{
    if (one->field != other->field)
        return one->field < other->field;
    if (one->start != other->start)
        return one->start < other->start;
    if (one->end != other->end)
        return one->end < other->end;
    if (one->clause != other->clause)
        return one->clause < other->clause;
    return one->origin < other->origin;
}

static int by_place(const void *one, const void *other)
{
    return is_before(other, one) - is_before(one, other);
}

/* Puts the hits in the order of the text, each once, the first ones only. */
static void tidy_hits(Engine *engine)
{
    HitPlace *hits = engine->hits;
    uint32_t kept = engine->hit_count ? 1 : 0;
    for (uint32_t i = 1; i < engine->hit_count; i++)
        if (!is_before(&hits[i - 1], &hits[i])) {
            qsort(hits, engine->hit_count, sizeof *hits, by_place);
            break;
        }
    for (uint32_t i = 1; i < engine->hit_count; i++)
        if (is_before(&hits[kept - 1], &hits[i]))
            hits[kept++] = hits[i];
    engine->hit_count = kept < MAX_HITS ? kept : MAX_HITS;
}

static int tell(Engine *engine, uint32_t slot, enum Truth truth)
{
    Numbers *result = &engine->result;
    uint32_t hits = truth == IS_TRUE ? engine->hit_count : 0;
    uint32_t words = (uint32_t)(hits * (sizeof(HitPlace) / sizeof(uint32_t)));
    if (RESERVE(result->items, result->room, (uint64_t)result->count + 3 + words))
        return -1;
    uint32_t *items = result->items + result->count;
    items[0] = slot;
    items[1] = truth;
    items[2] = hits;
    if (hits)
        memcpy(items + 3, engine->hits, hits * sizeof *engine->hits);
    result->count += 3 + words;
    return 0;
}

static int try_watch(Engine *engine, uint32_t slot)
{
    const uint32_t *program = engine->store.words + engine->store.watches[slot].words;
    enum Truth truth = evaluate(engine, program);
    engine->hit_count = 0;
    if (truth == IS_TRUE && engine->wants_hits) {
        truth = collect_hits(engine, program);
        tidy_hits(engine);
    }
    engine->store.watches[slot].evaluations++;
    if (truth == IS_FAILED)
        return -1;
    return truth == IS_FALSE ? 0 : tell(engine, slot, truth);
}

/* ---- what each watch costs ---- */

static uint64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int try_timed(Engine *engine)
{
    uint64_t before = nanoseconds_now();
    for (uint32_t i = 0; i < engine->candidates.count; i++) {
        uint32_t slot = engine->candidates.items[i];
        if (try_watch(engine, slot))
            return -1;
        uint64_t after = nanoseconds_now();
        engine->store.watches[slot].nanoseconds += (after - before) * TIMED_EVERY;
        before = after;
    }
    return 0;
}

static int try_all(Engine *engine)
{
    const Numbers *candidates = &engine->candidates;
    const Watch *watches = engine->store.watches;
    for (uint32_t i = 0; i < candidates->count; i++) {
        if (i + AHEAD < candidates->count)
            PREFETCH(engine->store.words + watches[candidates->items[i + AHEAD]].words);
        if (try_watch(engine, candidates->items[i]))
            return -1;
    }
    return 0;
}

/* Appends to engine->result: slot, truth, number of hits, hits; for each watch that holds or that Python must look at. */
int match_article(Engine *engine)
{
    engine->spans.count = 0;
    if (find_candidates(engine))
        return -1;
    return engine->articles++ % TIMED_EVERY == 0 ? try_timed(engine) : try_all(engine);
}
