/* The compiled kernel of tagging: a text cut into words, tokens and terms by the classes of its signs.
 *
 *   table.c   the classes, filled by Python page by page as texts need them; a text with its entries
 *   words.c   words as the rules for names read them
 *   tokens.c  numbers, words and signs as figures are read from
 *   terms.c   what keywords are counted from
 *   squeeze.c the text as listed names are looked up in it
 *   module.c  the Python type
 *
 * What the pieces are is said in cutting/plain.py, which must give the same. All of it runs under the interpreter's lock
 * and keeps nothing between calls but the table, so that whatever Python does when it is asked meets no half-done state.
 * A function that gives an int gives 0, or -1 with Python's exception set; one that gives an object, NULL.
 */
#ifndef TOCSIN_CUTTING_KERNEL_H
#define TOCSIN_CUTTING_KERNEL_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>

/* ---- the table: entries as cutting/table.py makes them ---- */

#define PAGES 0x1100
#define PAGE_BYTES 2048
#define BLANK 0x20u     /* what folding leaves of all that is no letter */
#define FILLER 0xADu    /* and of what does not count inside a word */
#define CODES 0x1FFFFFu /* the highest that an entry has room for */

enum { /* classes of the sign as written */
    WORD = 1 << 0,
    LETTER = 1 << 1,
    CAPITAL = 1 << 2,
    LINK = 1 << 3,
    JOINT = 1 << 4,
    ENDING = 1 << 5,
    SPACE = 1 << 6,
    /* in plain signs */
    PLAIN_LETTER = 1 << 7,
    PLAIN_DIGIT = 1 << 8,
    PLAIN_BLANK = 1 << 9,
    PLAIN_CAPITAL = 1 << 10,
    PLAIN_ALPHABETIC = 1 << 11,
    PLAIN_APOSTROPHE = 1 << 12,
    PLAIN_NUMBER_LINK = 1 << 13,
    PLAIN_LINE_END = 1 << 14,
    /* folded */
    UNSPACED = 1 << 15,
};

typedef struct {
    uint64_t *pages[PAGES];
    PyObject *fill_page;
} Table;

/* ---- a text, and room for two more as long ---- */

#define MOST_LETTERS (1 << 28) /* three times 4 bytes each can be asked for where a size has 32 bits, too */

typedef struct {
    const Table *table;
    PyObject *string; /* borrowed */
    Py_ssize_t length;
    uint32_t *codes;  /* as written; what follows belongs to the same piece of memory */
    uint32_t *folded; /* filled by put_folded */
    uint32_t *plain;  /* filled by put_plain */
} Text;

static inline uint64_t entry_at(const Text *text, Py_ssize_t place)
{
    uint32_t code = text->codes[place];
    return text->table->pages[code >> 8][code & 255u];
}

static inline unsigned classes_at(const Text *text, Py_ssize_t place)
{
    return (unsigned)(entry_at(text, place) >> 42);
}

/* False behind the end. */
static inline int is_at(const Text *text, Py_ssize_t place, unsigned class)
{
    return place < text->length && (classes_at(text, place) & class);
}

/* table.c */
void table_free(Table *table);
int text_open(Text *text, Table *table, PyObject *string);
void text_close(Text *text);
void put_folded(Text *text);
void put_plain(Text *text);
Py_ssize_t end_of_run(const Text *text, Py_ssize_t start, unsigned class);
Py_ssize_t end_of_linked(const Text *text, Py_ssize_t end, unsigned link, unsigned class);
PyObject *string_of(const uint32_t *codes, Py_ssize_t start, Py_ssize_t end);
int is_record(PyObject *type);
PyObject *record_of(PyObject *type, Py_ssize_t count, PyObject **fields);
int put_new(PyObject *list, PyObject *item);

/* words.c, tokens.c, terms.c, squeeze.c: methods of the type, that are given its table */
PyObject *cut_words(Table *table, PyObject *arguments);
PyObject *cut_tokens(Table *table, PyObject *arguments);
PyObject *cut_terms(Table *table, PyObject *arguments);
PyObject *squeezed(Table *table, PyObject *string);
PyObject *origins(Table *table, PyObject *string);

#endif
