/* Whether a word fits one with wildcards: `*` stands for any letters, none too, and `?` for one.
 *
 * All ways of reading the word up to a letter are kept as the bits of one number: bit n is set where the first n places of
 * the pattern, its stars not counted, can stand for the letters so far. Each letter moves them on by a place, and a star
 * keeps the bit where it is. So a word costs what its letters are, whatever the pattern makes of them.
 */
#include "kernel.h"

static PatternLetter *entry_of(const Keys *keys, const Pattern *pattern, uint32_t letter)
{
    uint64_t hash = (keys->seed ^ letter) * 0xD6E8FEB86659FD93u;
    uint32_t place = (uint32_t)(hash >> 32) & pattern->mask;
    PatternLetter *table = keys->pattern_letters + pattern->letters;
    while (table[place].places && table[place].letter != letter)
        place = (place + 1) & pattern->mask;
    return &table[place];
}

/* Room in the table of letters, so much that half of it stays empty. */
static int take_letters(Keys *keys, Pattern *pattern, uint32_t count)
{
    uint32_t size = 4;
    while (size < 2 * count)
        size *= 2;
    if (RESERVE(keys->pattern_letters, keys->pattern_letter_room, (uint64_t)keys->pattern_letter_count + size))
        return -1;
    pattern->letters = keys->pattern_letter_count;
    pattern->mask = size - 1;
    memset(keys->pattern_letters + pattern->letters, 0, size * sizeof *keys->pattern_letters);
    keys->pattern_letter_count += size;
    return 0;
}

int wildcard_add(Keys *keys, Pattern *pattern, const uint32_t *letters, uint32_t count)
{
    if (take_letters(keys, pattern, count))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t place = 1ull << pattern->end;
        if (letters[i] == '*') {
            pattern->loops |= place;
            continue;
        }
        if (letters[i] == '?') {
            pattern->any |= place;
        } else {
            PatternLetter *entry = entry_of(keys, pattern, letters[i]);
            entry->letter = letters[i];
            entry->places |= place;
        }
        pattern->end++;
    }
    return 0;
}

int is_wild(const Keys *keys, const Pattern *pattern, const uint32_t *word, uint32_t count)
{
    uint64_t read = 1, whole = 1ull << pattern->end;
    for (uint32_t i = 0; i < count && read; i++) {
        uint64_t places = entry_of(keys, pattern, word[i])->places | pattern->any;
        read = (read & places) << 1 | (read & pattern->loops);
        if (read & whole & pattern->loops)
            return 1;
    }
    return (read & whole) != 0;
}
