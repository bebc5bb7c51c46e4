/* Words within one or two edits of each other: a letter put in, left out or exchanged, never the first.
 *
 * Two words within n edits become the same when up to n letters are left out of each: they are looked for by the hashes of
 * what is left, and then compared.
 */
#include "kernel.h"

#define FUZZY_SEED 0x13198A2E03707344u

/* What makes one of an odd number, beyond 64 bits cut off. */
static uint64_t inverse_of(uint64_t odd)
{
    uint64_t inverse = odd; /* right in 3 bits; each step doubles them */
    for (int bits = 3; bits < 64; bits *= 2)
        inverse *= 2 - odd * inverse;
    return inverse;
}

/* A word as the sum of its letters times powers of a secret base: where letters are left out, what stands behind them moves
 * down by as many powers. So each of a word's hundreds of shortened forms is a few additions. */
typedef struct {
    uint64_t before[MAX_WORD + 1];       /* the letters before a place */
    uint64_t before_moved[MAX_WORD + 1]; /* down by one power */
    uint64_t behind_moved[MAX_WORD];     /* the letters behind that at a place, by one */
    uint64_t behind_moved_by_two[MAX_WORD];
} Sums;

static void sum(Sums *sums, uint64_t seed, const Word *word)
{
    uint64_t base = seed * 2 + 1, inverse = inverse_of(base), power = 1;
    sums->before[0] = sums->before_moved[0] = 0;
    for (uint32_t i = 0; i < word->count; i++, power *= base) {
        sums->before[i + 1] = sums->before[i] + (word->letters[i] + 1) * power;
        sums->before_moved[i + 1] = sums->before[i + 1] * inverse;
    }
    for (uint32_t i = 0; i < word->count; i++) {
        sums->behind_moved[i] = sums->before_moved[word->count] - sums->before_moved[i + 1];
        sums->behind_moved_by_two[i] = sums->behind_moved[i] * inverse;
    }
}

/* Of a row of the same letter it does not matter which one is left out: the first. */
static int is_another(const Word *word, uint32_t place, uint32_t first)
{
    return place > first && word->letters[place] == word->letters[place - 1];
}

/* The word's hashes with up to so many letters left out, one or two, never the first. */
int visit_fuzzy(uint64_t seed, const Word *word, uint32_t edits, Visit visit, void *context)
{
    Sums sums;
    uint64_t own = seed ^ (FUZZY_SEED + edits);
    sum(&sums, seed, word);
    if (visit(context, mix(own, sums.before[word->count])))
        return -1;
    for (uint32_t i = 1; i < word->count; i++) {
        if (is_another(word, i, 1))
            continue;
        if (visit(context, mix(own, sums.before[i] + sums.behind_moved[i])))
            return -1;
        uint64_t start = sums.before[i] - sums.before_moved[i + 1];
        for (uint32_t j = i + 1; edits > 1 && j < word->count; j++) {
            uint64_t rest = sums.before_moved[j] + sums.behind_moved_by_two[j];
            if (!is_another(word, j, i + 1) && visit(context, mix(own, start + rest)))
                return -1;
        }
    }
    return 0;
}

/* Whether so few letters put in, left out or exchanged make one of the other. */
int is_within(const uint32_t *one, uint32_t ones, const uint32_t *other, uint32_t others, uint32_t edits)
{
    while (ones && others && *one == *other) {
        one++, ones--;
        other++, others--;
    }
    if (ones == 0 || others == 0 || edits == 0)
        return ones + others <= edits;
    return is_within(one + 1, ones - 1, other, others, edits - 1) || is_within(one, ones, other + 1, others - 1, edits - 1) ||
           is_within(one + 1, ones - 1, other + 1, others - 1, edits - 1);
}
