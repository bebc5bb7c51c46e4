/* Everything a watch can ask for at one place, as it is kept: words, spellings, patterns, actors, pairs of words. */
#ifndef TOCSIN_KEYS_H
#define TOCSIN_KEYS_H

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
    uint32_t plain;    /* of a spelling: the word's key; of a pattern: its number */
    uint32_t tried;    /* of a pattern: the trial it was last part of */
    uint32_t fits;     /* of a pattern: how many different words of the article it fits */
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

/* ---- patterns ---- */

#define MAX_WORD 64u /* letters before a wildcard, and of a word that may be a fuzzy one */
#define LEAST_FUZZY 3
#define MOST_FUZZY 32      /* letters: a word has hundreds of shortened forms, and each is looked for */
#define MOST_WILDCARD 63   /* letters: the places between them are the bits of a number */
#define MOST_FITTING 5000u /* different words of an article that a pattern stands for, the first ones; as in limits.py */

/* What a pattern has cost, and of a wildcard what stands where, a bit for each place: see is_wild. */
typedef struct {
    uint64_t looked;            /* letters of words it was held against, of all articles */
    uint32_t looked_now, epoch; /* in the article in which that was last */
    uint64_t counted_for;       /* the article and the watch: a watch may name it many times */
    uint64_t loops, any;
    uint32_t end;           /* places, without the stars */
    uint32_t letters, mask; /* in the table of letters; its size less one */
} Pattern;

typedef struct {
    uint64_t places; /* 0 where the entry is empty */
    uint32_t letter;
} PatternLetter;

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
    uint32_t live_patterns;
    Pattern *patterns; /* those that were let go too, until all are filed anew */
    uint32_t pattern_count, pattern_room;
    PatternLetter *pattern_letters;
    uint32_t pattern_letter_count, pattern_letter_room;
    uint32_t trial;               /* a word and the patterns, counted */
    uint64_t looked, nanoseconds; /* of all patterns: letters, and what holding words against them took */
    uint64_t looked_now;          /* in the current article */
    uint32_t named, attributes;
} Keys;

#endif
