/* Which prefixes, wildcards and fuzzy words an article's word satisfies.
 *
 * A pattern is filed under hashes of which a word that satisfies it has one, and then tried letter by letter:
 *
 *   `sanction*`, `wom*n`   the fixed letters before the first wildcard; a word is asked at every length in use
 *   `name~1`, `name~2`     the word with up to that many letters left out, never the first: two words within n edits
 *                          become the same when up to n letters are left out of each
 */
#include "kernel.h"

typedef int (*Visit)(void *context, uint64_t hash);

static uint64_t mixed(uint64_t hash, uint32_t letter)
{
    hash = (hash ^ letter) * 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 32;
}

static uint64_t hash_from(uint64_t hash, const uint32_t *letters, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        hash = mixed(hash, letters[i]);
    return hash;
}

#define PREFIX_SEED 0x243F6A8885A308D3u
#define FUZZY_SEED 0x13198A2E03707344u

/* The word's hashes with up to `edits` letters left out, from place `from` on; `hash` is that of the letters before. */
static int visit_shortened(uint64_t hash, const uint32_t *rest, uint32_t count, uint32_t edits, Visit visit, void *context)
{
    if (visit(context, hash_from(hash, rest, count)))
        return -1;
    for (uint32_t i = 0; edits > 0 && i < count; i++) {
        /* Of a row of the same letter it does not matter which one is left out: the first. */
        int is_same = i > 0 && rest[i] == rest[i - 1];
        if (!is_same && visit_shortened(hash, rest + i + 1, count - i - 1, edits - 1, visit, context))
            return -1;
        hash = mixed(hash, rest[i]);
    }
    return 0;
}

typedef struct {
    const uint32_t *letters;
    uint32_t count;
} Word;

static uint32_t edits_of(const Key *key)
{
    return key->kind == FUZZY ? 1 : 2;
}

static int visit_fuzzy(uint64_t seed, const Word *word, uint32_t edits, Visit visit, void *context)
{
    uint64_t hash = mixed(seed ^ (FUZZY_SEED + edits), word->letters[0]);
    return visit_shortened(hash, word->letters + 1, word->count - 1, edits, visit, context);
}

/* ---- filing ---- */

typedef struct {
    Keys *keys;
    uint32_t key;
} Filing;

static int buckets_rebuild(Keys *keys, uint32_t size)
{
    uint32_t *buckets = malloc((size_t)size * sizeof *buckets);
    if (buckets == NULL)
        return -1;
    memset(buckets, 0xFF, (size_t)size * sizeof *buckets);
    for (uint32_t i = 0; i < keys->node_count; i++) {
        uint32_t *bucket = &buckets[keys->nodes[i].hash & (size - 1)];
        keys->nodes[i].next = *bucket;
        *bucket = i;
    }
    free(keys->buckets);
    keys->buckets = buckets;
    keys->bucket_count = size;
    return 0;
}

static int file_under(void *context, uint64_t hash)
{
    const Filing *filing = context;
    Keys *keys = filing->keys;
    if (RESERVE(keys->nodes, keys->node_room, keys->node_count + 1))
        return -1;
    keys->nodes[keys->node_count++] = (PatternNode){hash, filing->key, NONE};
    if (keys->node_count > keys->bucket_count)
        return buckets_rebuild(keys, keys->bucket_count ? keys->bucket_count * 2 : 1024);
    uint32_t *bucket = &keys->buckets[hash & (keys->bucket_count - 1)];
    keys->nodes[keys->node_count - 1].next = *bucket;
    *bucket = keys->node_count - 1;
    return 0;
}

#define MOST_SHORTENED (MOST_FUZZY * (MOST_FUZZY - 1) / 2 + MOST_FUZZY)

typedef struct {
    uint64_t hashes[MOST_SHORTENED];
    uint32_t count;
} Shortened;

static int collect(void *context, uint64_t hash)
{
    Shortened *shortened = context;
    shortened->hashes[shortened->count++] = hash;
    return 0;
}

static int by_hash(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

/* Each shortened form once: letters that alternate give the same one many times over. */
static int file_fuzzy(Filing *filing, const Word *word, uint32_t edits)
{
    Shortened shortened = {.count = 0};
    visit_fuzzy(filing->keys->seed, word, edits, collect, &shortened);
    qsort(shortened.hashes, shortened.count, sizeof *shortened.hashes, by_hash);
    for (uint32_t i = 0; i < shortened.count; i++)
        if ((i == 0 || shortened.hashes[i] != shortened.hashes[i - 1]) && file_under(filing, shortened.hashes[i]))
            return -1;
    return 0;
}

static uint32_t fixed_letters(const uint32_t *letters, uint32_t count)
{
    uint32_t fixed = 0;
    while (fixed < count && fixed < MAX_WORD - 1 && letters[fixed] != '*' && letters[fixed] != '?')
        fixed++;
    return fixed;
}

int pattern_add(Keys *keys, uint32_t id)
{
    const Key *key = &keys->keys[id];
    const uint32_t *letters = keys->letters + key->text;
    Filing filing = {keys, id};
    keys->patterns++;
    if (key->kind == PREFIX || key->kind == WILDCARD) {
        uint32_t fixed = fixed_letters(letters, key->count);
        keys->prefix_lengths |= 1ull << fixed;
        return file_under(&filing, hash_from(keys->seed ^ PREFIX_SEED, letters, fixed));
    }
    uint64_t around = 0;
    for (uint32_t count = key->count - edits_of(key); count <= key->count + edits_of(key); count++)
        around |= 1ull << count;
    *(key->kind == FUZZY ? &keys->fuzzy_lengths : &keys->fuzzy2_lengths) |= around;
    Word word = {letters, key->count};
    return file_fuzzy(&filing, &word, edits_of(key));
}

int patterns_rebuild(Keys *keys)
{
    keys->node_count = keys->patterns = 0;
    keys->prefix_lengths = keys->fuzzy_lengths = keys->fuzzy2_lengths = 0;
    if (keys->bucket_count)
        memset(keys->buckets, 0xFF, keys->bucket_count * sizeof *keys->buckets);
    for (uint32_t id = 0; id < keys->count; id++)
        if (!(keys->keys[id].flags & IS_FREE) && IS_PATTERN(keys->keys[id].kind) && pattern_add(keys, id))
            return -1;
    return 0;
}

/* ---- trying ---- */

/* Whether the word satisfies `*` (any letters, none too) and `?` (one letter). Never slower than pattern times word. */
static int is_wild(const uint32_t *pattern, uint32_t pattern_count, const uint32_t *word, uint32_t count)
{
    uint32_t p = 0, w = 0, star = NONE, resumed = 0;
    while (w < count) {
        if (p < pattern_count && pattern[p] == '*') {
            star = p++;
            resumed = w;
        } else if (p < pattern_count && (pattern[p] == '?' || pattern[p] == word[w])) {
            p++;
            w++;
        } else if (star != NONE) {
            p = star + 1;
            w = ++resumed;
        } else {
            return 0;
        }
    }
    while (p < pattern_count && pattern[p] == '*')
        p++;
    return p == pattern_count;
}

static uint32_t least(uint32_t one, uint32_t other)
{
    return one < other ? one : other;
}

/* Letters put in, left out or exchanged to make one of the other; both at most MAX_WORD long. */
static uint32_t distance(const uint32_t *one, uint32_t one_count, const uint32_t *other, uint32_t other_count)
{
    uint32_t row[MAX_WORD + 1];
    for (uint32_t j = 0; j <= other_count; j++)
        row[j] = j;
    for (uint32_t i = 0; i < one_count; i++) {
        uint32_t corner = row[0];
        row[0] = i + 1;
        for (uint32_t j = 0; j < other_count; j++) {
            uint32_t exchanged = corner + (one[i] != other[j]);
            corner = row[j + 1];
            row[j + 1] = least(exchanged, least(row[j], row[j + 1]) + 1);
        }
    }
    return row[other_count];
}

typedef struct {
    Engine *engine;
    Distinct *word;
} Trial;

static int satisfies(const Trial *trial, const Key *key)
{
    const uint32_t *pattern = trial->engine->keys.letters + key->text;
    const uint32_t *word = trial->engine->article.letters + trial->word->letters;
    uint32_t count = trial->word->count;
    if (key->kind == PREFIX)
        return count >= key->count && memcmp(pattern, word, key->count * sizeof *word) == 0;
    if (key->kind == WILDCARD)
        return is_wild(pattern, key->count, word, count);
    return pattern[0] == word[0] && distance(pattern, key->count, word, count) <= edits_of(key);
}

/* Whether it is the pattern's first time with this word: a fuzzy one is filed under many hashes. */
static int is_first(const Trial *trial, Key *key)
{
    uint32_t last = key->tried;
    key->tried = trial->engine->keys.trial;
    return key->tried != last;
}

static int try_filed_under(void *context, uint64_t hash)
{
    Trial *trial = context;
    Keys *keys = &trial->engine->keys;
    Article *article = &trial->engine->article;
    for (uint32_t at = keys->buckets[hash & (keys->bucket_count - 1)]; at != NONE; at = keys->nodes[at].next) {
        const PatternNode *node = &keys->nodes[at];
        Key *key = &keys->keys[node->key];
        if (node->hash != hash || !is_first(trial, key) || !satisfies(trial, key))
            continue;
        if (RESERVE(article->pattern_hits, article->pattern_hit_room, article->pattern_hit_count + 1))
            return -1;
        article->pattern_hits[article->pattern_hit_count++] = node->key;
        trial->word->pattern_count++;
    }
    return 0;
}

static int try_prefixes(Trial *trial, const uint32_t *letters, uint32_t count)
{
    uint64_t hash = trial->engine->keys.seed ^ PREFIX_SEED;
    for (uint32_t length = 0; trial->engine->keys.prefix_lengths >> length; length++) {
        if (trial->engine->keys.prefix_lengths >> length & 1 && try_filed_under(trial, hash))
            return -1;
        if (length == count || length == MAX_WORD - 1)
            break;
        hash = mixed(hash, letters[length]);
    }
    return 0;
}

static void begin_trial(Keys *keys)
{
    if (++keys->trial != 0)
        return;
    for (uint32_t id = 0; id < keys->count; id++) /* once in four thousand million words */
        keys->keys[id].tried = 0;
    keys->trial = 1;
}

/* The keys of the patterns the word satisfies, put after the article's others. */
int patterns_of(Engine *engine, Distinct *word)
{
    Keys *keys = &engine->keys;
    word->patterns = engine->article.pattern_hit_count;
    word->pattern_count = 0;
    if (keys->patterns == 0)
        return 0;
    begin_trial(keys);
    Trial trial = {engine, word};
    const uint32_t *letters = engine->article.letters + word->letters;
    if (try_prefixes(&trial, letters, word->count))
        return -1;
    if (word->count >= MAX_WORD || word->count == 0)
        return 0;
    Word own = {letters, word->count};
    if (keys->fuzzy_lengths >> word->count & 1 && visit_fuzzy(keys->seed, &own, 1, try_filed_under, &trial))
        return -1;
    if (keys->fuzzy2_lengths >> word->count & 1 && visit_fuzzy(keys->seed, &own, 2, try_filed_under, &trial))
        return -1;
    return 0;
}
