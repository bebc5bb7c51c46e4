/* The watches: programs side by side in one array, each followed by its anchors, and filed under them.
 *
 * A watch added is appended, one removed only marked; once a fifth of all is dead the living move together. What leaves a
 * list of postings stays in it until half of the list is gone: it costs a needless look, never a match.
 */
#include "kernel.h"

#define REANCHORED_AN_ARTICLE 16u
#define SMALL 65536u /* words that are not worth moving for */

static uint32_t *anchors_of(const Store *store, const Watch *watch)
{
    return store->words + watch->words + watch->size;
}

static int is_filed_under(const Store *store, uint32_t slot, uint32_t key)
{
    const Watch *watch = &store->watches[slot];
    if (watch->size == 0)
        return 0;
    const uint32_t *anchors = anchors_of(store, watch);
    for (uint32_t i = 0; i < watch->anchors; i++)
        if (anchors[i] == key)
            return 1;
    return watch->anchors == 0 && key == NONE;
}

static int by_number(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

/* Drops those that are filed elsewhere now, and second entries of those that left and came back. */
static void purge(const Store *store, Postings *postings, uint32_t key)
{
    if (postings->room == 0) {
        if (postings->count && !is_filed_under(store, postings->slots.one, key))
            *postings = (Postings){0};
        postings->stale = 0;
        return;
    }
    uint32_t *slots = postings->slots.many, kept = 0;
    qsort(slots, postings->count, sizeof *slots, by_number);
    for (uint32_t i = 0; i < postings->count; i++)
        if ((kept == 0 || slots[kept - 1] != slots[i]) && is_filed_under(store, slots[i], key))
            slots[kept++] = slots[i];
    postings->count = kept;
    postings->stale = 0;
    if (kept == 0)
        postings_free(postings);
}

static void leave(Engine *engine, uint32_t slot)
{
    Store *store = &engine->store;
    const Watch *watch = &store->watches[slot];
    const uint32_t *anchors = anchors_of(store, watch);
    for (uint32_t i = 0; i < watch->anchors; i++) {
        engine->keys.postings[anchors[i]].stale++;
        engine->keys.keys[anchors[i]].uses--;
    }
    store->always.stale += watch->anchors == 0;
}

/* Purges the lists that a watch has just left where half of them is stale by now. */
static void purge_left(Engine *engine, const uint32_t *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        Postings *postings = &engine->keys.postings[keys[i]];
        if (postings->stale * 2 >= postings->count)
            purge(&engine->store, postings, keys[i]);
    }
    Postings *always = &engine->store.always;
    if (always->stale && always->stale * 2 >= always->count)
        purge(&engine->store, always, NONE);
}

static int enter(Engine *engine, uint32_t slot)
{
    Store *store = &engine->store;
    const Watch *watch = &store->watches[slot];
    const uint32_t *anchors = anchors_of(store, watch);
    for (uint32_t i = 0; i < watch->anchors; i++) {
        if (postings_put(&engine->keys.postings[anchors[i]], slot))
            return -1;
        engine->keys.keys[anchors[i]].uses++;
    }
    return watch->anchors == 0 ? postings_put(&store->always, slot) : 0;
}

/* ---- the keys a program names ---- */

static void visit_leaf(const uint32_t *node, VisitKey visit, void *context)
{
    if (OP_OF(node) == OP_KEYS) {
        for (uint32_t i = 0; i < COUNT_OF(node); i++)
            visit(context, node[4 + i]);
        return;
    }
    const uint32_t *place = node + 4;
    for (uint32_t i = 0; i < COUNT_OF(node); i++) {
        uint32_t places = place[1];
        place += 2;
        for (uint32_t j = 0; j < places; j++, place += 1 + place[0])
            for (uint32_t k = 0; k < place[0]; k++)
                visit(context, place[1 + k]);
    }
}

static uint32_t head_of(const uint32_t *node)
{
    switch (OP_OF(node)) {
    case OP_SOME:
        return 3;
    case OP_NEAR:
        return 4 + COUNT_OF(node) - 1;
    case OP_TIMES:
        return 4;
    default:
        return 2;
    }
}

/* Parents stand before children, so that all nodes are met by walking on from head to head. */
void each_key(const uint32_t *program, uint32_t size, VisitKey visit, void *context)
{
    const uint32_t *node = program, *end = program + size;
    while (node < end) {
        uint32_t op = OP_OF(node);
        if (op == OP_KEYS || op == OP_PHRASE) {
            visit_leaf(node, visit, context);
            node += SIZE_OF(node);
        } else {
            node += head_of(node);
        }
    }
}

typedef struct {
    Keys *keys;
    uint32_t change, patterns;
} Use;

static void use(void *context, uint32_t id)
{
    Use *use = context;
    Key *key = &use->keys->keys[id];
    key->uses += use->change;
    use->patterns += IS_PATTERN(key->kind);
}

/* How many of the keys are patterns. */
static uint32_t use_keys(Keys *keys, const uint32_t *program, uint32_t size, uint32_t change)
{
    Use uses = {keys, change, 0};
    each_key(program, size, use, &uses);
    return uses.patterns;
}

/* ---- adding and removing ---- */

static int reserve_words(Store *store, uint64_t wanted)
{
    if (store->word_count + wanted <= store->word_room)
        return 0;
    uint64_t room = store->word_room + store->word_room / 4 + wanted + 1024;
    uint32_t *words = realloc(store->words, room * sizeof *words);
    if (words == NULL)
        return -1;
    store->words = words;
    store->word_room = room;
    return 0;
}

static uint32_t take_slot(Store *store)
{
    if (store->free_slot != NONE) {
        uint32_t slot = store->free_slot;
        store->free_slot = (uint32_t)store->watches[slot].words;
        return slot;
    }
    if (RESERVE(store->watches, store->room, store->count + 1))
        return NONE;
    return store->count++;
}

/* Files a program with the anchors that were chosen last. */
static uint32_t put(Engine *engine, const uint32_t *program, uint32_t size)
{
    Store *store = &engine->store;
    uint32_t anchors = engine->anchors.count;
    if (anchors > UINT16_MAX || reserve_words(store, (uint64_t)size + anchors))
        return NONE;
    uint32_t slot = take_slot(store);
    if (slot == NONE)
        return NONE;
    uint16_t room = (uint16_t)anchors;
    store->watches[slot] = (Watch){.words = store->word_count, .size = size, .anchors = room, .anchors_room = room};
    memcpy(store->words + store->word_count, program, size * sizeof *program);
    if (anchors)
        memcpy(store->words + store->word_count + size, engine->anchors.items, anchors * sizeof *program);
    store->word_count += size + anchors;
    store->alive++;
    store->watches[slot].has_patterns = use_keys(&engine->keys, program, size, 1) > 0;
    return enter(engine, slot) ? NONE : slot;
}

uint32_t store_add(Engine *engine, const uint32_t *program, uint32_t size)
{
    return choose_anchors(engine, program) < 0 ? NONE : put(engine, program, size);
}

static int compact_when_due(Engine *engine)
{
    const Store *store = &engine->store;
    if (store->words_dead < SMALL || store->words_dead * 5 < store->word_count)
        return 0;
    return store_compact(engine);
}

int store_remove(Engine *engine, uint32_t slot)
{
    Store *store = &engine->store;
    Watch *watch = &store->watches[slot];
    const uint32_t *program = store->words + watch->words;
    leave(engine, slot);
    use_keys(&engine->keys, program, watch->size, UINT32_MAX);
    uint32_t anchors = watch->anchors;
    const uint32_t *keys = anchors_of(store, watch);
    store->words_dead += watch->size + watch->anchors_room;
    *watch = (Watch){.words = store->free_slot};
    store->free_slot = slot;
    store->alive--;
    purge_left(engine, keys, anchors);
    return compact_when_due(engine);
}

/* Moves the living together, and forgets the keys that none of them names. */
int store_compact(Engine *engine)
{
    Store *store = &engine->store;
    uint64_t room = store->word_count - store->words_dead + 1024, count = 0;
    uint32_t *words = malloc(room * sizeof *words);
    if (words == NULL)
        return -1;
    for (uint32_t slot = 0; slot < store->count; slot++) {
        Watch *watch = &store->watches[slot];
        if (watch->size == 0)
            continue;
        uint32_t size = watch->size + watch->anchors;
        memcpy(words + count, store->words + watch->words, size * sizeof *words);
        watch->words = count;
        watch->anchors_room = watch->anchors;
        count += size;
    }
    free(store->words);
    store->words = words;
    store->word_room = room;
    store->word_count = count;
    store->words_dead = 0;
    for (uint32_t id = 0; id < engine->keys.count; id++)
        purge(store, &engine->keys.postings[id], id);
    purge(store, &store->always, NONE);
    return keys_sweep(engine);
}

/* ---- anchors, again ---- */

static int move_to_end(Store *store, Watch *watch, uint32_t anchors)
{
    if (anchors > UINT16_MAX || reserve_words(store, (uint64_t)watch->size + anchors))
        return -1;
    memcpy(store->words + store->word_count, store->words + watch->words, watch->size * sizeof *store->words);
    store->words_dead += watch->size + watch->anchors_room;
    watch->words = store->word_count;
    watch->anchors_room = (uint16_t)anchors;
    store->word_count += watch->size + anchors;
    return 0;
}

/* Files a watch anew when, by what the articles have shown, other anchors are rarer by a good measure. */
static int reanchor(Engine *engine, uint32_t slot)
{
    Store *store = &engine->store;
    Watch *watch = &store->watches[slot];
    double old = cost_of_anchors(engine, anchors_of(store, watch), watch->anchors);
    double cost = choose_anchors(engine, store->words + watch->words);
    if (cost < 0)
        return -1;
    uint32_t count = engine->anchors.count;
    if (watch->anchors == 0 || cost > old * 0.7 || count == 0)
        return 0;
    leave(engine, slot);
    Numbers *scratch = &engine->scratch;
    scratch->count = 0;
    for (uint32_t i = 0; i < watch->anchors; i++)
        if (put_number(scratch, anchors_of(store, watch)[i]))
            return -1;
    if (count > watch->anchors_room && move_to_end(store, watch, count))
        return -1;
    watch->anchors = (uint16_t)count;
    memcpy(anchors_of(store, watch), engine->anchors.items, count * sizeof *engine->anchors.items);
    if (enter(engine, slot))
        return -1;
    purge_left(engine, scratch->items, scratch->count);
    return 0;
}

/* Looks at the anchors of the next watches in turn: all of them come by again and again, at no watch's cost. */
int store_reanchor(Engine *engine)
{
    Store *store = &engine->store;
    for (uint32_t i = 0; i < REANCHORED_AN_ARTICLE && i < store->count; i++) {
        uint32_t slot = store->sweep < store->count ? store->sweep : 0;
        store->sweep = slot + 1;
        if (store->watches[slot].size && reanchor(engine, slot))
            return -1;
    }
    return 0;
}

void store_free(Store *store)
{
    free(store->watches);
    free(store->words);
    postings_free(&store->always);
}
