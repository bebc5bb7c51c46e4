/* Which prefixes, wildcards and fuzzy words an article's word satisfies.
 *
 * A pattern is filed under hashes of which a word that satisfies it has one, and then tried letter by letter:
 *
 *   `sanction*`, `wom*n`   the fixed letters before the first wildcard; a word is asked at every length in use
 *   `name~1`, `name~2`     the word with up to that many letters left out: see fuzzy.c
 */
#include "kernel.h"

static uint64_t hash_from(uint64_t hash, const uint32_t *letters, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        hash = mix(hash, letters[i]);
    return hash;
}

#define PREFIX_SEED 0x243F6A8885A308D3u

static uint32_t edits_of(const Key *key)
{
    return key->kind == FUZZY ? 1 : 2;
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
    Key *key = &keys->keys[id];
    const uint32_t *letters = keys->letters + key->text;
    Filing filing = {keys, id};
    if (RESERVE(keys->patterns, keys->pattern_room, keys->pattern_count + 1))
        return -1;
    keys->live_patterns++;
    key->plain = keys->pattern_count++;
    keys->patterns[key->plain] = (Pattern){0};
    if (key->kind == WILDCARD && wildcard_add(keys, &keys->patterns[key->plain], letters, key->count))
        return -1;
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

static int add_again(Keys *keys, const Pattern *before)
{
    for (uint32_t id = 0; id < keys->count; id++) {
        Key *key = &keys->keys[id];
        if (key->flags & IS_FREE || !IS_PATTERN(key->kind))
            continue;
        uint64_t looked = before[key->plain].looked;
        if (pattern_add(keys, id))
            return -1;
        keys->patterns[key->plain].looked = looked;
    }
    return 0;
}

/* Files those anew that are left. */
int patterns_rebuild(Keys *keys)
{
    Pattern *before = keys->patterns;
    keys->patterns = NULL;
    keys->node_count = keys->live_patterns = keys->pattern_count = keys->pattern_room = keys->pattern_letter_count = 0;
    keys->prefix_lengths = keys->fuzzy_lengths = keys->fuzzy2_lengths = 0;
    if (keys->bucket_count)
        memset(keys->buckets, 0xFF, keys->bucket_count * sizeof *keys->buckets);
    int done = add_again(keys, before);
    free(before);
    return done;
}

void patterns_free(Keys *keys)
{
    free(keys->nodes);
    free(keys->buckets);
    free(keys->patterns);
    free(keys->pattern_letters);
}

/* ---- trying ---- */

typedef struct {
    Engine *engine;
    Distinct *word;
} Trial;

static void count_letters(Engine *engine, const Key *key, uint32_t letters)
{
    Keys *keys = &engine->keys;
    Pattern *pattern = &keys->patterns[key->plain];
    if (pattern->epoch != engine->article.epoch)
        pattern->looked_now = 0;
    pattern->epoch = engine->article.epoch;
    pattern->looked_now += letters + 1;
    pattern->looked += letters + 1;
    keys->looked_now += letters + 1;
    keys->looked += letters + 1;
}

static int satisfies(const Trial *trial, const Key *key)
{
    Keys *keys = &trial->engine->keys;
    const uint32_t *pattern = keys->letters + key->text;
    const uint32_t *word = trial->engine->article.letters + trial->word->letters;
    uint32_t count = trial->word->count;
    count_letters(trial->engine, key, key->kind == PREFIX && key->count < count ? key->count : count);
    if (key->kind == PREFIX)
        return count >= key->count && memcmp(pattern, word, key->count * sizeof *word) == 0;
    if (key->kind == WILDCARD)
        return is_wild(keys, &keys->patterns[key->plain], word, count);
    return pattern[0] == word[0] && is_within(pattern, key->count, word, count, edits_of(key));
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
        if (node->hash != hash || !is_first(trial, key) || key->fits == MOST_FITTING || !satisfies(trial, key))
            continue;
        if (RESERVE(article->pattern_hits, article->pattern_hit_room, article->pattern_hit_count + 1))
            return -1;
        article->pattern_hits[article->pattern_hit_count++] = node->key;
        trial->word->pattern_count++;
        key->fits++;
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
        hash = mix(hash, letters[length]);
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

static int try_all(Engine *engine, Distinct *word)
{
    Keys *keys = &engine->keys;
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

static int by_number(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

#define FEW 8u /* patterns of a word that are looked through one by one */

/* The keys of the patterns the word satisfies, put after the article's others. */
int patterns_of(Engine *engine, Distinct *word)
{
    Article *article = &engine->article;
    word->patterns = article->pattern_hit_count;
    begin_trial(&engine->keys);
    if (try_all(engine, word))
        return -1;
    if (word->pattern_count > FEW)
        qsort(article->pattern_hits + word->patterns, word->pattern_count, sizeof *article->pattern_hits, by_number);
    return 0;
}

/* Whether the word satisfies that pattern; how many others it satisfies makes no watch slow. */
int word_fits(const Article *article, const Distinct *word, uint32_t pattern)
{
    const uint32_t *hits = article->pattern_hits + word->patterns;
    if (word->pattern_count > FEW)
        return bsearch(&pattern, hits, word->pattern_count, sizeof *hits, by_number) != NULL;
    for (uint32_t i = 0; i < word->pattern_count; i++)
        if (hits[i] == pattern)
            return 1;
    return 0;
}
