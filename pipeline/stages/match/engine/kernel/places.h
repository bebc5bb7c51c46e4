/* The places of a key in the current article, one after the other. */
#ifndef TOCSIN_PLACES_H
#define TOCSIN_PLACES_H

#include "kernel.h"

/* A place of a key, and how to come to the next one. */
typedef struct {
    uint32_t first, last, mention;
    uint32_t token, occurrence; /* the token of a distinct word, or NONE; the next occurrence, or NONE */
    uint32_t told;              /* of that word */
} KeyPlace;

/* A place before the first; the key is present. */
static inline KeyPlace places_of(const Engine *engine, uint32_t key)
{
    return (KeyPlace){NONE, NONE, 0, NONE, engine->keys.presence[key].head, 0};
}

/* Goes on to the next place; 0 where there is none. */
static inline int next_place(const Article *article, KeyPlace *place)
{
    uint32_t token = place->token == NONE ? NONE : article->tokens[place->token].next;
    if (token == NONE) {
        if (place->occurrence == NONE)
            return 0;
        const Occurrence *at = &article->occurrences[place->occurrence];
        *place = (KeyPlace){at->first, at->last, at->mention, NONE, at->next, 0};
        if (at->last != ALL_OF_WORD)
            return 1;
        token = article->distincts[at->first].first;
    }
    place->first = place->last = place->token = token;
    return 1;
}

/* Leaves the rest of the word's places out: they come in the order of the text. */
static inline void pass_over_word(KeyPlace *place)
{
    place->token = NONE;
}

/* Counts a place that is told. A word's places come in the order of the text, so that beyond `most` of them none is among the
 * first `most` of the leaf: the rest of the word's are passed over. */
static inline void count_place(KeyPlace *place, uint32_t most)
{
    if (++place->told >= most)
        pass_over_word(place);
}

#endif
