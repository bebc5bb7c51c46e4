/* The watches the current article matches: those filed under a key it has are tried, each at most once. */
#include "kernel.h"

#define AHEAD 6u        /* candidates whose programs are asked for before they are tried */
#define TIMED_EVERY 16u /* articles: reading the clock for each candidate would cost a tenth of the whole */
#define LONG 16384u     /* tokens of an article that is timed in any case: its candidates take long */
#define ROOMY (1u << 18) /* places; more are not kept room for once the article is done */

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
    engine->steps = 0;
    engine->most_steps = engine->store.watches[slot].is_aside ? MOST_STEPS_ASIDE : MOST_STEPS;
    engine->hit_count = 0;
    enum Truth truth = evaluate(engine, program);
    if (truth == IS_TRUE && engine->wants_hits) {
        truth = collect_hits(engine, program);
        tidy_hits(engine);
    }
    engine->stretches.count = 0;
    engine->looked += engine->steps;
    engine->store.watches[slot].evaluations++;
    if (truth == IS_FAILED && engine->steps <= engine->most_steps)
        return -1;
    engine->spans.count = 0;
    return truth == IS_FALSE ? 0 : tell(engine, slot, truth);
}

/* ---- what each watch costs ---- */

static int try_timed(Engine *engine, uint32_t stands_for)
{
    uint64_t before = nanoseconds_now();
    for (uint32_t i = 0; i < engine->candidates.count; i++) {
        uint32_t slot = engine->candidates.items[i];
        if (try_watch(engine, slot))
            return -1;
        uint64_t after = nanoseconds_now();
        engine->store.watches[slot].nanoseconds += (after - before) * stands_for;
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

/* Tells of the watches whose patterns were held against too many letters, whether the article has their other words or not;
 * they are tried no more. */
static int tell_of_patterns(Engine *engine)
{
    const Store *store = &engine->store;
    if (engine->keys.looked_now <= MOST_LETTERS)
        return 0;
    for (uint32_t slot = 0; slot < store->count; slot++) {
        Watch *watch = &store->watches[slot];
        if (watch->size == 0 || letters_of(engine, slot) <= MOST_LETTERS)
            continue;
        watch->seen = engine->article.epoch;
        if (tell(engine, slot, IS_FAILED))
            return -1;
    }
    return 0;
}

static void let_go_of_room(Spans *spans)
{
    if (spans->room <= ROOMY)
        return;
    free(spans->items);
    *spans = (Spans){0};
}

/* Appends to engine->result: slot, truth, number of hits, hits; for each watch that holds, that Python must look at, or that
 * has failed: it has used up its steps. */
int match_article(Engine *engine)
{
    engine->spans.count = 0;
    engine->looked = 0;
    if (tell_of_patterns(engine) || find_candidates(engine))
        return -1;
    uint32_t turn = engine->articles++ % TIMED_EVERY;
    int done = engine->article.token_count > LONG ? try_timed(engine, 1)
               : turn == 0                        ? try_timed(engine, TIMED_EVERY)
                                                  : try_all(engine);
    let_go_of_room(&engine->spans);
    return done;
}
