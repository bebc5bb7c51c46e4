/* What the current article has: its words, and for each key where it stands.
 *
 * Time goes into memory that is far from the processor: keys are looked for word by word only once all words are known,
 * so that what each will touch can be asked for in time.
 */
#include "kernel.h"

void article_begin(Engine *engine)
{
    Article *article = &engine->article;
    article->epoch++;
    if (article->epoch == 0) { /* once in four thousand million articles */
        for (uint32_t slot = 0; slot < engine->store.count; slot++)
            engine->store.watches[slot].seen = 0;
        for (uint32_t i = 0; i < engine->keys.pattern_count; i++)
            engine->keys.patterns[i].epoch = 0;
        article->epoch = 1;
    }
    for (uint32_t i = 0; i < article->present_count; i++)
        engine->keys.present_bits[article->present[i] >> 6] = 0;
    for (uint32_t i = 0; i < article->pattern_hit_count; i++)
        engine->keys.keys[article->pattern_hits[i]].fits = 0;
    article->token_count = article->distinct_count = article->letters_count = 0;
    article->pattern_hit_count = article->occurrence_count = article->mention_count = 0;
    article->present_count = article->field_count = article->longest_mention = 0;
    article->steps = engine->keys.looked_now = 0;
    if (article->distinct_table_size)
        memset(article->distinct_table, 0xFF, article->distinct_table_size * sizeof *article->distinct_table);
}

static Presence *make_present(Engine *engine, uint32_t key)
{
    Article *article = &engine->article;
    Presence *presence = &engine->keys.presence[key];
    if (key_is_present(engine, key))
        return presence;
    if (RESERVE(article->present, article->present_room, article->present_count + 1))
        return NULL;
    article->present[article->present_count++] = key;
    engine->keys.present_bits[key >> 6] |= 1ull << (key & 63);
    *presence = (Presence){NONE, NONE, 0};
    return presence;
}

static int put_occurrence(Engine *engine, uint32_t key, Occurrence occurrence, uint32_t places)
{
    Article *article = &engine->article;
    Presence *presence = make_present(engine, key);
    if (presence == NULL || RESERVE(article->occurrences, article->occurrence_room, article->occurrence_count + 1))
        return -1;
    uint32_t id = article->occurrence_count++;
    article->occurrences[id] = occurrence;
    if (presence->head == NONE)
        presence->head = id;
    else
        article->occurrences[presence->tail].next = id;
    presence->tail = id;
    presence->count += places;
    return 0;
}

/* ---- words ---- */

static int distincts_rebuild(Article *article)
{
    uint32_t size = article->distinct_table_size ? article->distinct_table_size * 2 : 1024;
    uint32_t *table = malloc((size_t)size * sizeof *table);
    if (table == NULL)
        return -1;
    memset(table, 0xFF, (size_t)size * sizeof *table);
    for (uint32_t id = 0; id < article->distinct_count; id++) {
        uint32_t place = (uint32_t)article->distincts[id].hash & (size - 1);
        while (table[place] != NONE)
            place = (place + 1) & (size - 1);
        table[place] = id;
    }
    free(article->distinct_table);
    article->distinct_table = table;
    article->distinct_table_size = size;
    return 0;
}

static int is_word(const Article *article, const Distinct *word, const uint32_t *letters, uint32_t count, uint64_t hash)
{
    return word->hash == hash && word->count == count &&
           memcmp(article->letters + word->letters, letters, count * sizeof *letters) == 0;
}

/* The article's distinct word of the letters that stand last in article->letters; made when it is the first. */
static uint32_t distinct_of(Engine *engine, uint32_t count)
{
    Article *article = &engine->article;
    if ((article->distinct_count + 1) * 2 > article->distinct_table_size && distincts_rebuild(article))
        return NONE;
    const uint32_t *letters = article->letters + article->letters_count;
    uint64_t hash = hash_letters(&engine->keys, letters, count, WORD);
    uint32_t mask = article->distinct_table_size - 1, place = (uint32_t)hash & mask;
    for (; article->distinct_table[place] != NONE; place = (place + 1) & mask, article->steps++)
        if (is_word(article, &article->distincts[article->distinct_table[place]], letters, count, hash))
            return article->distinct_table[place];
    if (RESERVE(article->distincts, article->distinct_room, article->distinct_count + 1))
        return NONE;
    uint32_t id = article->distinct_count++;
    article->distinct_table[place] = id;
    article->distincts[id] = (Distinct){.hash = hash, .letters = article->letters_count, .count = count, .first = NONE};
    article->letters_count += count;
    key_expect(&engine->keys, hash);
    return id;
}

/* Puts a word whose letters stand last in article->letters; where it stands is filed by article_end. */
int article_token(Engine *engine, uint32_t count, const Token *token)
{
    Article *article = &engine->article;
    if (RESERVE(article->tokens, article->token_room, article->token_count + 1))
        return -1;
    uint32_t distinct = distinct_of(engine, count);
    if (distinct == NONE)
        return -1;
    uint32_t id = article->token_count++;
    article->tokens[id] = *token;
    article->tokens[id].distinct = distinct;
    article->tokens[id].next = NONE;
    Distinct *word = &article->distincts[distinct];
    if (word->first == NONE)
        word->first = id;
    else
        article->tokens[word->last].next = id;
    word->last = id;
    word->tokens++;
    word->zones |= token->zones;
    return 0;
}

/* ---- what is no word ---- */

static uint32_t token_at(const Article *article, const MentionSpan *span)
{
    uint32_t low = 0, high = article->token_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const Token *token = &article->tokens[middle];
        int is_before = token->field < span->field || (token->field == span->field && token->end <= span->start);
        if (is_before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many of the tokens from `first` on begin before the mention ends. */
static uint32_t tokens_before(const Article *article, uint32_t first, const MentionSpan *span)
{
    uint32_t low = first, high = article->token_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const Token *token = &article->tokens[middle];
        if (token->field == span->field && token->start < span->end)
            low = middle + 1;
        else
            high = middle;
    }
    return low - first;
}

int article_mention(Engine *engine, uint32_t key, const MentionSpan *span, uint32_t mention)
{
    Article *article = &engine->article;
    if (RESERVE(article->mentions, article->mention_room, mention + 1))
        return -1;
    article->mentions[mention] = *span;
    uint32_t first = token_at(article, span), end = first + tokens_before(article, first, span);
    if (end == first) /* it shares no letter with any word: it stands nowhere */
        return 0;
    if (end - first > article->longest_mention)
        article->longest_mention = end - first;
    Occurrence occurrence = {first, end - 1, NONE, mention};
    return put_occurrence(engine, key, occurrence, 1);
}

int article_attribute(Engine *engine, uint32_t key)
{
    return make_present(engine, key) ? 0 : -1;
}

/* ---- filing ---- */

/* Finds the keys of the distinct words. */
static void find_keys(Engine *engine)
{
    Article *article = &engine->article;
    const Keys *keys = &engine->keys;
    for (uint32_t id = 0; id < article->distinct_count; id++) {
        Distinct *word = &article->distincts[id];
        word->key = key_find(keys, WORD, article->letters + word->letters, word->count, word->hash);
        if (word->key != NONE) {
            PREFETCH(&keys->presence[word->key]);
            PREFETCH(&keys->postings[word->key]);
        }
    }
}

static int find_patterns(Engine *engine)
{
    Article *article = &engine->article;
    if (engine->keys.live_patterns == 0)
        return 0;
    uint64_t before = nanoseconds_now();
    for (uint32_t id = 0; id < article->distinct_count; id++)
        if (patterns_of(engine, &article->distincts[id]))
            return -1;
    engine->keys.nanoseconds += nanoseconds_now() - before;
    return 0;
}

/* Files a distinct word under its key and under each pattern it fits. */
static int put_word(Engine *engine, uint32_t id)
{
    const Article *article = &engine->article;
    const Distinct *word = &article->distincts[id];
    Occurrence all = {id, ALL_OF_WORD, NONE, 0};
    if (word->key != NONE && put_occurrence(engine, word->key, all, word->tokens))
        return -1;
    for (uint32_t i = 0; i < word->pattern_count; i++)
        if (put_occurrence(engine, article->pattern_hits[word->patterns + i], all, word->tokens))
            return -1;
    return 0;
}

static int put_spelling(Engine *engine, uint32_t place)
{
    Token *token = &engine->article.tokens[place];
    token->key = engine->article.distincts[token->distinct].key;
    if (token->key == NONE || !(engine->keys.keys[token->key].flags & HAS_WRITTEN))
        return 0;
    token->written = find_written(engine, token);
    Occurrence at = {place, place, NONE, 0};
    return token->written != NONE ? put_occurrence(engine, token->written, at, 1) : 0;
}

static int put_pairs(Engine *engine)
{
    const Article *article = &engine->article;
    const Keys *keys = &engine->keys;
    for (uint32_t place = 1; place < article->token_count; place++) {
        const Token *token = &article->tokens[place - 1], *next = token + 1;
        if (token->key == NONE || next->key == NONE || token->field != next->field ||
            !(keys->keys[token->key].flags & STARTS_PAIR))
            continue;
        uint32_t pair = pair_find(keys, token->key, next->key);
        if (pair != NONE && make_present(engine, pair) == NULL)
            return -1;
    }
    return 0;
}

/* Files where each key stands, once all words are there. */
int article_end(Engine *engine)
{
    Article *article = &engine->article;
    find_keys(engine);
    if (find_patterns(engine))
        return -1;
    for (uint32_t id = 0; id < article->distinct_count; id++)
        if (put_word(engine, id))
            return -1;
    for (uint32_t place = 0; place < article->token_count; place++)
        if (put_spelling(engine, place))
            return -1;
    if (put_pairs(engine))
        return -1;
    for (uint32_t i = 0; i < article->present_count; i++)
        engine->keys.keys[article->present[i]].articles++;
    return 0;
}

void article_free(Article *article)
{
    free(article->tokens);
    free(article->distincts);
    free(article->distinct_table);
    free(article->letters);
    free(article->pattern_hits);
    free(article->occurrences);
    free(article->mentions);
    free(article->present);
}
