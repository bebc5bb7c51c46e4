/* The keys: an open table from kind and letters to a number, with room reused once no watch names a key.
 *
 * Letters are compared, not only hashes: two words never share a key. Hashes begin with a secret of the process, so that
 * nobody can make up words that all stand at one place of a table and slow it down.
 */
#include "kernel.h"

int grow(void **array, uint32_t *room, uint64_t wanted, size_t element_bytes)
{
    uint32_t larger = *room ? *room : 8;
    while (larger < wanted) {
        /* By a quarter beyond a million: doubling would hold twice what is needed. */
        uint32_t step = larger < 1000000 ? larger : larger / 4;
        if (larger > UINT32_MAX - step)
            return -1;
        larger += step;
    }
    void *moved = realloc(*array, (size_t)larger * element_bytes);
    if (moved == NULL)
        return -1;
    *array = moved;
    *room = larger;
    return 0;
}

int postings_put(Postings *postings, uint32_t slot)
{
    if (postings->room == 0 && postings->count == 0) {
        postings->slots.one = slot;
        postings->count = 1;
        return 0;
    }
    if (postings->room == 0) {
        uint32_t *many = malloc(4 * sizeof *many);
        if (many == NULL)
            return -1;
        many[0] = postings->slots.one;
        postings->slots.many = many;
        postings->room = 4;
    }
    if (RESERVE(postings->slots.many, postings->room, postings->count + 1))
        return -1;
    postings->slots.many[postings->count++] = slot;
    return 0;
}

const uint32_t *postings_of(const Postings *postings)
{
    return postings->room ? postings->slots.many : &postings->slots.one;
}

void postings_free(Postings *postings)
{
    if (postings->room)
        free(postings->slots.many);
    *postings = (Postings){0};
}

uint64_t hash_letters(const Keys *keys, const uint32_t *letters, uint32_t count, uint32_t kind)
{
    uint64_t hash = keys->seed ^ 0x9E3779B97F4A7C15u * (kind + 1);
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ letters[i]) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    return hash;
}

static int is_same(const Keys *keys, const Key *key, uint32_t kind, const uint32_t *letters, uint32_t count)
{
    return key->kind == kind && key->count == count &&
           memcmp(keys->letters + key->text, letters, count * sizeof *letters) == 0;
}

/* Has the place ready at which the key will be looked for soon. */
void key_expect(const Keys *keys, uint64_t hash)
{
    if (keys->table_size)
        PREFETCH(&keys->table[(uint32_t)hash & (keys->table_size - 1)]);
}

static uint32_t pair_bit(const Keys *keys, uint64_t hash)
{
    return (uint32_t)hash & (keys->table_size * 2 - 1);
}

uint32_t pair_find(const Keys *keys, uint32_t one, uint32_t other)
{
    uint32_t both[2] = {one, other};
    uint64_t hash = hash_letters(keys, both, 2, PAIR);
    uint32_t bit = pair_bit(keys, hash);
    if (!(keys->pair_bits[bit >> 6] >> (bit & 63) & 1))
        return NONE;
    return key_find(keys, PAIR, both, 2, hash);
}

uint32_t key_find(const Keys *keys, uint32_t kind, const uint32_t *letters, uint32_t count, uint64_t hash)
{
    if (keys->table_size == 0)
        return NONE;
    uint32_t mask = keys->table_size - 1, tag = (uint32_t)(hash >> 32);
    for (uint32_t place = (uint32_t)hash & mask; keys->table[place].key != NONE; place = (place + 1) & mask) {
        if (keys->table[place].tag != tag)
            continue;
        uint32_t id = keys->table[place].key;
        if (is_same(keys, &keys->keys[id], kind, letters, count))
            return id;
    }
    return NONE;
}

static void table_put(Keys *keys, uint32_t id)
{
    uint64_t hash = keys->keys[id].hash;
    uint32_t mask = keys->table_size - 1, place = (uint32_t)hash & mask;
    while (keys->table[place].key != NONE)
        place = (place + 1) & mask;
    keys->table[place] = (TableEntry){(uint32_t)(hash >> 32), id};
    uint32_t bit = pair_bit(keys, hash);
    if (keys->keys[id].kind == PAIR)
        keys->pair_bits[bit >> 6] |= 1ull << (bit & 63);
    keys->filled++;
}

static int table_rebuild(Keys *keys, uint32_t size)
{
    TableEntry *table = malloc((size_t)size * sizeof *table);
    uint64_t *pair_bits = calloc(size / 32, sizeof *pair_bits);
    if (table == NULL || pair_bits == NULL) {
        free(table);
        free(pair_bits);
        return -1;
    }
    memset(table, 0xFF, (size_t)size * sizeof *table);
    free(keys->table);
    free(keys->pair_bits);
    keys->table = table;
    keys->pair_bits = pair_bits;
    keys->table_size = size;
    keys->filled = 0;
    for (uint32_t id = 0; id < keys->count; id++)
        if (!(keys->keys[id].flags & IS_FREE))
            table_put(keys, id);
    return 0;
}

static uint32_t take_id(Keys *keys)
{
    if (keys->free_list != NONE) {
        uint32_t id = keys->free_list;
        keys->free_list = keys->keys[id].text;
        return id;
    }
    if (RESERVE(keys->keys, keys->room, keys->count + 1) ||
        RESERVE(keys->postings, keys->room_postings, keys->count + 1) ||
        RESERVE(keys->presence, keys->room_presence, keys->count + 1) ||
        RESERVE(keys->present_bits, keys->room_bits, (keys->count >> 6) + 1))
        return NONE;
    if ((keys->count & 63) == 0)
        keys->present_bits[keys->count >> 6] = 0;
    return keys->count++;
}

static int count_kind(Keys *keys, uint32_t id)
{
    uint32_t kind = keys->keys[id].kind;
    keys->live++;
    keys->named += kind == NAMED;
    keys->attributes += kind == ATTRIBUTE;
    return IS_PATTERN(kind) ? pattern_add(keys, id) : 0;
}

static uint32_t make_new(Engine *engine, uint32_t kind, const uint32_t *letters, uint32_t count, uint64_t hash)
{
    Keys *keys = &engine->keys;
    if ((keys->filled + 1) * 2ull > keys->table_size &&
        table_rebuild(keys, keys->table_size ? keys->table_size * 2 : 1024))
        return NONE;
    if (RESERVE(keys->letters, keys->letters_room, (uint64_t)keys->letters_count + count))
        return NONE;
    uint32_t id = take_id(keys);
    if (id == NONE)
        return NONE;
    Key made = {.hash = hash, .text = keys->letters_count, .count = (uint16_t)count, .kind = (uint8_t)kind};
    made.born = engine->articles;
    keys->keys[id] = made;
    keys->postings[id] = (Postings){0};
    keys->presence[id] = (Presence){0};
    memcpy(keys->letters + keys->letters_count, letters, count * sizeof *letters);
    keys->letters_count += count;
    table_put(keys, id);
    return count_kind(keys, id) ? NONE : id;
}

uint32_t key_make(Engine *engine, uint32_t kind, const uint32_t *letters, uint32_t count)
{
    Keys *keys = &engine->keys;
    uint64_t hash = hash_letters(keys, letters, count, kind);
    uint32_t id = key_find(keys, kind, letters, count, hash);
    return id != NONE ? id : make_new(engine, kind, letters, count, hash);
}

/* The key of a spelling; texts are asked for it where they have the word, which stays as long. */
uint32_t key_make_written(Engine *engine, uint32_t plain, const uint32_t *letters, uint32_t count)
{
    Keys *keys = &engine->keys;
    uint64_t hash = hash_letters(keys, letters, count, WRITTEN);
    uint32_t id = key_find(keys, WRITTEN, letters, count, hash);
    if (id != NONE)
        return id;
    id = make_new(engine, WRITTEN, letters, count, hash);
    if (id == NONE)
        return NONE;
    keys->keys[id].plain = plain;
    keys->keys[plain].uses++;
    keys->keys[plain].flags |= HAS_WRITTEN;
    return id;
}

static void let_go(Keys *keys, uint32_t id)
{
    Key *key = &keys->keys[id];
    keys->live--;
    keys->named -= key->kind == NAMED;
    keys->attributes -= key->kind == ATTRIBUTE;
    if (key->kind == WRITTEN)
        keys->keys[key->plain].uses--;
    postings_free(&keys->postings[id]);
    key->flags = IS_FREE;
    key->text = keys->free_list;
    keys->free_list = id;
}

/* The letters of the keys that are left, side by side again. */
static int letters_rebuild(Keys *keys)
{
    uint32_t *letters = NULL, room = 0, count = 0;
    for (uint32_t id = 0; id < keys->count; id++)
        if (!(keys->keys[id].flags & IS_FREE))
            count += keys->keys[id].count;
    if (RESERVE(letters, room, count ? count : 1))
        return -1;
    count = 0;
    for (uint32_t id = 0; id < keys->count; id++) {
        Key *key = &keys->keys[id];
        if (key->flags & IS_FREE)
            continue;
        memcpy(letters + count, keys->letters + key->text, key->count * sizeof *letters);
        key->text = count;
        count += key->count;
    }
    free(keys->letters);
    keys->letters = letters;
    keys->letters_room = room;
    keys->letters_count = count;
    return 0;
}

/* Forgets the keys that no watch names. */
int keys_sweep(Engine *engine)
{
    Keys *keys = &engine->keys;
    for (uint32_t id = 0; id < keys->count; id++) {
        Key *key = &keys->keys[id];
        if (!(key->flags & (IS_FREE | IS_COMMON)) && key->uses == 0)
            let_go(keys, id);
    }
    if (keys->table_size == 0)
        return 0;
    return letters_rebuild(keys) || table_rebuild(keys, keys->table_size) || patterns_rebuild(keys) ? -1 : 0;
}

void keys_free(Keys *keys)
{
    for (uint32_t id = 0; id < keys->count; id++)
        postings_free(&keys->postings[id]);
    free(keys->keys);
    free(keys->postings);
    free(keys->presence);
    free(keys->table);
    free(keys->pair_bits);
    free(keys->present_bits);
    free(keys->letters);
    patterns_free(keys);
}
