/* The compiled kernel of matching: many stored watches against one article at a time.
 *
 *   text.c      folds and cuts a text into words, as stages/text/fold.py and match/words.py do
 *   keys.c      everything a watch can ask for at one place: a word, a spelling, a pattern, an actor, a pair of words
 *   article.c   which keys an article has, and where
 *   patterns.c  which prefixes, wildcards and fuzzy words a word satisfies
 *   spans.c     where a word or a phrase stands
 *   near.c      which places stand near each other
 *   check.c     whether a program may be filed
 *   evaluate.c  whether a query holds, and the places that say why
 *   anchors.c   the keys under which a watch is filed
 *   store.c     watches added, removed, compacted
 *   match.c     the watches an article matches
 *   object.c    whose turn it is at an engine, and the texts it is given
 *   handed.c    an article as Python hands it over
 *   module.c    the Python type
 *
 * No function but those of the last three touches Python. One that returns int gives 0, or -1 for want of memory.
 */
#ifndef TOCSIN_KERNEL_H
#define TOCSIN_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* ---- growing arrays ---- */

/* Room for `wanted` elements in an array that has room for *room; the array may move. Sums that can pass 32 bits are
 * `wanted` in 64: more than 32 can count is refused. */
int grow(void **array, uint32_t *room, uint64_t wanted, size_t element_bytes);
#define RESERVE(array, room, wanted) \
    ((wanted) <= (room) ? 0 : grow((void **)&(array), &(room), (wanted), sizeof *(array)))

/* ---- folding: a table of pages of 256 code points, filled by Python as texts need them ---- */

#define FOLD_PAGES 0x1100
#define CODE_MASK 0x1FFFFFu /* the folded code point */
enum { SPACE, LETTER, FILLER, UNSPACED, MARK };
#define CLASS_OF(entry) (((entry) >> 21) & 7u)
#define IS_WIDER 0x1000000u      /* stands for several letters in a word: see Wider */
#define IS_APOSTROPHE 0x2000000u /* of the code point as written */

typedef struct {
    uint32_t code, count, letters[4];
} Wider;

typedef struct {
    uint32_t *pages[FOLD_PAGES];
    Wider wider[64];
    uint32_t wider_count;
} Folding;

/* ---- keys ---- */

enum KeyKind { WORD, WRITTEN, NAMED, ATTRIBUTE, PREFIX, WILDCARD, FUZZY, FUZZY2, PAIR, KEY_KINDS };
#define IS_PATTERN(kind) ((kind) >= PREFIX && (kind) <= FUZZY2)

enum { HAS_WRITTEN = 1, STARTS_PAIR = 2, IS_COMMON = 4, IS_FREE = 8 };

typedef struct {
    uint64_t hash;
    uint32_t text;  /* offset of its letters; of a pair the two keys */
    uint16_t count; /* of letters */
    uint8_t kind, flags;
    uint32_t uses;     /* leaves and anchors that name it */
    uint32_t articles; /* that had it, since it was made */
    uint32_t born;     /* the article count when it was made */
    uint32_t plain;    /* of a spelling: the word's key */
    uint32_t tried;    /* of a pattern: the trial it was last part of */
} Key;

/* The watches filed under a key. */
typedef struct {
    union {
        uint32_t *many;
        uint32_t one; /* where room is 0: most keys have a single watch */
    } slots;
    uint32_t count, room, stale;
} Postings;

/* Where a key stands in the current article; of no meaning where its bit in `present_bits` is not set. */
typedef struct {
    uint32_t head, tail, count;
} Presence;

/* A part of the hash stands beside the number: most of what is not looked for is passed without touching its key. */
typedef struct {
    uint32_t tag, key;
} TableEntry;

typedef struct {
    uint64_t hash;
    uint32_t key, next;
} PatternNode;

typedef struct {
    uint64_t seed; /* of all hashes: who writes an article cannot know which of its words would collide */
    Key *keys;
    Postings *postings;
    Presence *presence;
    uint64_t *present_bits; /* small enough to stay near the processor, unlike all that the others touch */
    uint32_t count, room, room_postings, room_presence, room_bits;
    TableEntry *table; /* open addressing */
    uint32_t table_size, filled;
    uint64_t *pair_bits; /* a bit for each pair's hash, as many bits as the table has places twice: most pairs are none */
    uint32_t *letters;
    uint32_t letters_count, letters_room;
    uint32_t free_list; /* of key ids, through `text` */
    uint32_t live;
    /* patterns, by the hash of what a word must have to be tried */
    PatternNode *nodes;
    uint32_t node_count, node_room;
    uint32_t *buckets;
    uint32_t bucket_count;
    uint64_t prefix_lengths, fuzzy_lengths, fuzzy2_lengths; /* bit n: in use at n letters */
    uint32_t patterns;
    uint32_t trial; /* a word and the patterns, counted */
    uint32_t named, attributes;
} Keys;

/* ---- the current article ---- */

#define MAX_FIELDS 16u
#define MAX_WORD 64u /* letters of a word that patterns look at */
#define LEAST_FUZZY 3
#define MOST_FUZZY 32    /* letters: a word has hundreds of shortened forms, and each is looked for */
#define MOST_WILDCARD 64 /* letters */

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
    uint64_t words; /* where its program begins, and after it its anchors; of a free slot the next free one */
    uint32_t size;  /* of the program; 0 for a free slot */
    uint16_t anchors, anchors_room;
    uint32_t seen; /* the epoch it was last a candidate in */
    uint32_t evaluations;
    uint64_t nanoseconds; /* of all evaluations, estimated from the timed ones */
} Watch;

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
    Spans spans;
    HitPlace *hits;
    uint32_t hit_count, hit_room;
    Numbers candidates, result, anchors, scratch;
    int wants_hits;
} Engine;

#define PREFETCH(address) __builtin_prefetch(address)

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

/* patterns.c */
int pattern_add(Keys *keys, uint32_t key);
int patterns_of(Engine *engine, Distinct *word);
int patterns_rebuild(Keys *keys);

/* article.c */
void article_begin(Engine *engine);
int article_token(Engine *engine, uint32_t count, const Token *token);
int article_mention(Engine *engine, uint32_t key, const MentionSpan *span, uint32_t mention);
int article_attribute(Engine *engine, uint32_t key);
int article_end(Engine *engine);
void article_free(Article *article);

/* spans.c */
int key_is_present(const Engine *engine, uint32_t key);
int leaf_holds(const Engine *engine, const uint32_t *node);
int leaf_places(Engine *engine, const uint32_t *node, uint32_t most);
void tidy_places(Spans *spans, uint32_t base);

/* near.c */
int put_places(Engine *engine, const uint32_t *node, uint32_t most);
int near_places(Engine *engine, const uint32_t *node);

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
void store_free(Store *store);

/* match.c */
int match_article(Engine *engine);
int put_number(Numbers *numbers, uint32_t number);

#endif
