/* The compiled kernel of matching: many stored watches against one article at a time.
 *
 *   text.c      folds and cuts a text into words, as stages/text/fold.py and match/words.py do
 *   keys.h      what a watch can ask for at one place, as it is kept
 *   keys.c      everything a watch can ask for at one place: a word, a spelling, a pattern, an actor, a pair of words
 *   article.c   which keys an article has, and where
 *   patterns.c  which prefixes, wildcards and fuzzy words a word satisfies
 *   fuzzy.c     whether a word is within some edits of another
 *   wildcards.c whether a word fits one with wildcards
 *   spans.c     where a word or a phrase stands
 *   near.c      which places stand near each other
 *   beside.c    places beside others that are known
 *   first.c     the first places of a part of a query, in the order of the text
 *   check.c     whether a program may be filed
 *   evaluate.c  whether a query holds, and the places that say why
 *   anchors.c   the keys under which a watch is filed
 *   store.c     watches added, removed, compacted
 *   match.c     the watches an article matches
 *   costs.c     what each watch costs
 *   object.c    whose turn it is at an engine, and the texts it is given
 *   handed.c    an article as Python hands it over
 *   module.c    the Python type
 *
 * No function but those of the last three touches Python. One that returns int gives 0, or -1 for want of memory or, while
 * a watch is tried, because that watch has used up its steps (MOST_STEPS).
 */
#ifndef TOCSIN_KERNEL_H
#define TOCSIN_KERNEL_H

#include "keys.h"

/* ---- the current article ---- */

#define MAX_FIELDS 16u

typedef struct {
    uint32_t start, end; /* in its field */
    uint32_t key;        /* the word's, or NONE where no watch uses it */
    uint32_t written;    /* the spelling's, or NONE */
    uint32_t distinct;   /* which of the article's distinct words */
    uint32_t next;       /* the next token of the same word, or NONE */
    uint16_t field;      /* which text; fields of one zone are told apart */
    uint16_t zones;
} Token;

typedef struct {
    uint64_t hash;
    uint32_t key;
    uint32_t letters, count;
    uint32_t patterns, pattern_count; /* in pattern_hits */
    uint32_t first, last, tokens;     /* the first and the last of its tokens, and their number */
    uint32_t zones;                   /* of any of them */
} Distinct;

#define ALL_OF_WORD NONE

/* Where a key stands: tokens in a row, or all those of a distinct word. A word that a thousand patterns fit is told to
 * each of them once, however often it stands in the text. */
typedef struct {
    uint32_t first, last; /* tokens; or the distinct word, and ALL_OF_WORD */
    uint32_t next;
    uint32_t mention; /* from 1; 0 for a word */
} Occurrence;

typedef struct {
    uint32_t start, end;
    uint16_t field, zones;
} MentionSpan;

typedef struct {
    uint32_t epoch;
    Token *tokens;
    uint32_t token_count, token_room;
    Distinct *distincts;
    uint32_t distinct_count, distinct_room;
    uint32_t *distinct_table;
    uint32_t distinct_table_size;
    uint32_t *letters;
    uint32_t letters_count, letters_room;
    uint32_t *pattern_hits;
    uint32_t pattern_hit_count, pattern_hit_room;
    Occurrence *occurrences;
    uint32_t occurrence_count, occurrence_room;
    MentionSpan *mentions;
    uint32_t mention_count, mention_room;
    uint32_t longest_mention; /* words */
    uint32_t *present; /* keys */
    uint32_t present_count, present_room;
    const uint32_t *texts[MAX_FIELDS];
    uint32_t field_count;
    uint64_t steps; /* past other words, to find each in the table: as many as words, or somebody has made them up */
} Article;

/* ---- programs: a query as words of 32 bits, parents first ---- */

enum Op {
    OP_ALL,     /* children: all of them */
    OP_ANY,     /* children: one of them */
    OP_NOT,     /* one child */
    OP_SOME,    /* needed, children: at least that many of them */
    OP_KEYS,    /* clause, zones, keys: a word that has one of the keys; zones 0: the article has it, wherever */
    OP_PHRASE,  /* clause, zones, variants: { origin, n, n times { m, m keys } } */
    OP_NEAR,    /* clause, is ordered, distances (one fewer than parts), parts */
    OP_TIMES,   /* clause, needed, one part: it has at least that many places */
    OP_UNKNOWN, /* no child or one: only Python can tell, but it does not hold where the child does not */
    OP_OPS
};
/* A node begins with its op in 4 bits and above them `count` (children, keys, variants, parts), then its own size in
 * words, then what is listed above. */
#define OP_OF(node) ((node)[0] & 15u)
#define COUNT_OF(node) ((node)[0] >> 4)
#define SIZE_OF(node) ((node)[1])

enum Truth { IS_FALSE, IS_TRUE, IS_UNKNOWN, IS_FAILED };

/* A place of a leaf. `origin` is a mention, or says which alias of a list; 0 where it is neither. */
#define IS_MENTION 0x80000000u
typedef struct {
    uint32_t field, start, end, origin;
    uint32_t first, last; /* tokens */
} Span;

/* A stack: each list of places lies on top of those it is compared with. */
typedef struct {
    Span *items;
    uint32_t count, room;
} Spans;

typedef struct {
    uint32_t field, start, end, clause, origin;
} HitPlace;

#define MAX_HITS_OF_CLAUSE 20u
#define MAX_HITS 200u

/* ---- watches ---- */

typedef struct {
    uint64_t words;     /* where its program begins, and after it its anchors; of a free slot the next free one */
    uint32_t size : 30; /* of the program; 0 for a free slot */
    uint32_t has_patterns : 1, is_aside : 1;
    uint16_t anchors, anchors_room;
    uint32_t seen; /* the epoch it was last a candidate in */
    uint32_t evaluations;
    uint64_t nanoseconds; /* of all evaluations, estimated from the timed ones */
} Watch;

/* What one watch may look at in one article, places and words counted; some 5 ns each. Two words near each other never
 * need a half of it, however long the text: it takes many of them, and a text made for them. */
#define MOST_STEPS 8000000u
#define MOST_STEPS_ASIDE 80000u /* of one that was put aside: only whether the article may match it is still asked */
/* And letters of words that are held against its wildcards and fuzzy words; 2 ns each. One of them may be held against all
 * the letters of the longest text, and so may seven. */
#define MOST_LETTERS 16000000u

typedef struct {
    Watch *watches;
    uint32_t count, room, free_slot, alive;
    uint32_t *words;
    uint64_t word_count, word_room, words_dead;
    Postings always; /* watches without an anchor */
    uint32_t sweep;  /* the slot whose anchors are looked at next */
} Store;

typedef struct {
    uint32_t *items;
    uint32_t count, room;
} Numbers;

/* The engine is in use by one thread at a time; object.c sees to it. */

typedef struct {
    Folding folding;
    Keys keys;
    Article article;
    Store store;
    uint32_t articles; /* matched so far */
    uint64_t steps;    /* of the watch at hand in the current article */
    uint64_t most_steps;
    uint64_t looked;   /* steps of all watches in the current article */
    uint32_t window;   /* places that begin at this token or later are left out */
    Spans spans;
    HitPlace *hits;
    uint32_t hit_count, hit_room;
    Numbers candidates, result, anchors, scratch;
    Numbers stretches; /* a stack: from and to, tokens near which something rare stands */
    int wants_hits;
} Engine;

#define PREFETCH(address) __builtin_prefetch(address)

/* Counts what the watch at hand looks at; -1 where that is too much. */
static inline int spend(Engine *engine, uint64_t steps)
{
    engine->steps += steps;
    return engine->steps > engine->most_steps ? -1 : 0;
}

/* text.c */
uint32_t find_written(Engine *engine, const Token *token);
uint32_t fold_entry(const Folding *folding, uint32_t code);
const Wider *wider_of(const Folding *folding, uint32_t code);
int article_field(Engine *engine, const uint32_t *text, uint32_t length, uint32_t zones, uint32_t lead_end);

/* keys.c */
int postings_put(Postings *postings, uint32_t slot);
const uint32_t *postings_of(const Postings *postings);
void postings_free(Postings *postings);
uint64_t hash_letters(const Keys *keys, const uint32_t *letters, uint32_t count, uint32_t kind);
void key_expect(const Keys *keys, uint64_t hash);
uint32_t pair_find(const Keys *keys, uint32_t one, uint32_t other);
uint32_t key_find(const Keys *keys, uint32_t kind, const uint32_t *letters, uint32_t count, uint64_t hash);
uint32_t key_make(Engine *engine, uint32_t kind, const uint32_t *letters, uint32_t count);
uint32_t key_make_written(Engine *engine, uint32_t plain, const uint32_t *letters, uint32_t count);
int keys_sweep(Engine *engine);
void keys_free(Keys *keys);

static inline uint64_t mix(uint64_t hash, uint64_t letter)
{
    hash = (hash ^ letter) * 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 32;
}

/* patterns.c */
int pattern_add(Keys *keys, uint32_t key);
int patterns_of(Engine *engine, Distinct *word);
int word_fits(const Article *article, const Distinct *word, uint32_t pattern);
int patterns_rebuild(Keys *keys);
void patterns_free(Keys *keys);

/* fuzzy.c */
typedef struct {
    const uint32_t *letters;
    uint32_t count;
} Word;
typedef int (*Visit)(void *context, uint64_t hash);
int visit_fuzzy(uint64_t seed, const Word *word, uint32_t edits, Visit visit, void *context);
int is_within(const uint32_t *one, uint32_t ones, const uint32_t *other, uint32_t others, uint32_t edits);

/* wildcards.c */
int wildcard_add(Keys *keys, Pattern *pattern, const uint32_t *letters, uint32_t count);
int is_wild(const Keys *keys, const Pattern *pattern, const uint32_t *word, uint32_t count);

/* article.c */
void article_begin(Engine *engine);
int article_token(Engine *engine, uint32_t count, const Token *token);
int article_mention(Engine *engine, uint32_t key, const MentionSpan *span, uint32_t mention);
int article_attribute(Engine *engine, uint32_t key);
int article_end(Engine *engine);
void article_free(Article *article);

/* spans.c */
int key_is_present(const Engine *engine, uint32_t key);
uint64_t count_leaf(const Engine *engine, const uint32_t *node);
enum Truth leaf_holds(Engine *engine, const uint32_t *node);
int leaf_places(Engine *engine, const uint32_t *node, uint32_t most);
int leaf_places_within(Engine *engine, const uint32_t *node, uint32_t from, uint32_t to);

/* beside.c */
uint64_t count_places(const Engine *engine, const uint32_t *node);
int put_stretches(Engine *engine, uint32_t first_place, uint32_t places, uint64_t reach);
uint64_t cost_of_stretches(const Engine *engine, const uint32_t *node, uint32_t base);
int put_places_within(Engine *engine, const uint32_t *node, uint32_t base);

/* near.c */
int near_places(Engine *engine, const uint32_t *node);

/* first.c */
int put_places(Engine *engine, const uint32_t *node, uint32_t most);
int tidy_places(Engine *engine, uint32_t base);
uint64_t reach_of(const Engine *engine, const uint32_t *node);
int first_places(Engine *engine, const uint32_t *node, uint32_t most);

/* evaluate.c */
const uint32_t *children_of(const uint32_t *node);
enum Truth evaluate(Engine *engine, const uint32_t *node);
enum Truth collect_hits(Engine *engine, const uint32_t *node);

/* anchors.c */
double cost_of_anchors(const Engine *engine, const uint32_t *keys, uint32_t count);
double choose_anchors(Engine *engine, const uint32_t *program);

/* check.c */
#define MOST_WORDS (1u << 24) /* of a program */
int is_key(const Keys *keys, unsigned long key);
int is_program(const Keys *keys, const uint32_t *program, uint32_t size);

/* store.c */
uint32_t store_add(Engine *engine, const uint32_t *program, uint32_t size);
int store_remove(Engine *engine, uint32_t slot);
int store_compact(Engine *engine);
int store_reanchor(Engine *engine);
typedef void (*VisitKey)(void *context, uint32_t key);
void each_key(const uint32_t *program, uint32_t size, VisitKey visit, void *context);
void store_free(Store *store);

/* match.c */
int match_article(Engine *engine);
int put_number(Numbers *numbers, uint32_t number);

/* costs.c */
#define MOST_COSTS 1000u
typedef struct {
    uint64_t nanoseconds;
    uint32_t slot;
} Cost;
uint64_t nanoseconds_now(void);
uint32_t costliest_watches(const Engine *engine, Cost *costs, uint32_t most);
uint64_t letters_of(Engine *engine, uint32_t slot);

#endif
