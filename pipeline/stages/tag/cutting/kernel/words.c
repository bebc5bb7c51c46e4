/* Words as the rules for names read them: runs of letters and digits, with single signs inside; or dotted initials.
 *
 * Python is asked where a word with signs inside begins and ends without what is written onto it (`bare`), and whether
 * the words before and behind a full stop or a possessive are joined (`judge`).
 */
#include "kernel.h"

typedef struct {
    Text text;
    PyObject *type, *bare, *judge, *found;
    Py_ssize_t last_end; /* of the word before */
} Words;

typedef struct {
    Py_ssize_t start, end;
    int is_capitalised;
} Span;

static int is_sign(const Words *words, Py_ssize_t place, uint32_t code)
{
    return place < words->text.length && words->text.codes[place] == code;
}

/* Where `J.K.` ends, two letters at least; its start where there is none. */
static Py_ssize_t end_of_initials(const Words *words, Py_ssize_t start)
{
    Py_ssize_t end = start;
    while (is_at(&words->text, end, LETTER) && is_sign(words, end + 1, '.'))
        end += 2;
    return end - start >= 4 ? end : start;
}

static Py_ssize_t end_of_word(const Words *words, Py_ssize_t start, Py_ssize_t run)
{
    Py_ssize_t end = run - start == 1 ? end_of_initials(words, start) : start;
    return end > start ? end : end_of_linked(&words->text, run, LINK, WORD);
}

static int ask_bare(const Words *words, Span *span)
{
    PyObject *told = PyObject_CallFunction(words->bare, "Onn", words->text.string, span->start, span->end);
    Py_ssize_t start, end;
    int is_told = told != NULL && PyArg_ParseTuple(told, "nnp", &start, &end, &span->is_capitalised);
    if (is_told && (start < span->start || start > end || end > span->end)) {
        PyErr_SetString(PyExc_ValueError, "a word is bared within itself");
        is_told = 0;
    }
    Py_XDECREF(told);
    if (!is_told)
        return -1;
    span->start = start;
    span->end = end;
    return 0;
}

static PyObject *truth(int is_true)
{
    return Py_NewRef(is_true ? Py_True : Py_False);
}

static int has_ending(const Words *words, Py_ssize_t start)
{
    for (Py_ssize_t place = words->last_end; place < start; place++)
        if (classes_at(&words->text, place) & ENDING)
            return 1;
    return 0;
}

/* `. ` and `'s `, on which the word before decides. */
static int is_doubtful(const Words *words, Py_ssize_t start)
{
    Py_ssize_t gap = words->last_end;
    if (start - gap == 2)
        return is_sign(words, gap, '.') && is_sign(words, gap + 1, ' ');
    return start - gap == 3 && is_sign(words, gap + 1, 's') && is_sign(words, gap + 2, ' ') &&
           (is_sign(words, gap, '\'') || is_sign(words, gap, 0x2019));
}

static int ask_judge(const Words *words, Py_ssize_t start, PyObject *previous, PyObject **is_joined, PyObject **begins)
{
    PyObject *gap = string_of(words->text.codes, words->last_end, start);
    PyObject *told = gap != NULL ? PyObject_CallFunctionObjArgs(words->judge, gap, previous, NULL) : NULL;
    int joined = 0, begun = 0;
    int is_told = told != NULL && PyArg_ParseTuple(told, "pp", &joined, &begun);
    Py_XDECREF(gap);
    Py_XDECREF(told);
    *is_joined = is_told ? truth(joined) : NULL;
    *begins = is_told ? truth(begun) : NULL;
    return is_told ? 0 : -1;
}

static int judge(const Words *words, Py_ssize_t start, PyObject **is_joined, PyObject **begins)
{
    Py_ssize_t before = PyList_Size(words->found);
    if (before > 0 && is_doubtful(words, start))
        return ask_judge(words, start, PyList_GetItem(words->found, before - 1), is_joined, begins);
    int is_space = start - words->last_end == 1 && (classes_at(&words->text, words->last_end) & SPACE);
    *is_joined = truth(before > 0 && is_space);
    *begins = truth(before == 0 || (!is_space && has_ending(words, start)));
    return 0;
}

/* The word folded; what is folded to spaces leaves single ones between its parts. The same object where it is equal. */
static PyObject *folded_of(const Text *text, const Span *span, PyObject *written)
{
    uint32_t *folded = text->folded;
    Py_ssize_t count = 0;
    int is_same = 1;
    for (Py_ssize_t place = span->start; place < span->end; place++) {
        uint32_t code = (uint32_t)(entry_at(text, place) & CODES);
        is_same &= code == text->codes[place] && code != BLANK;
        if (code != BLANK || (count > 0 && folded[count - 1] != BLANK))
            folded[count++] = code;
    }
    count -= count > 0 && folded[count - 1] == BLANK;
    return is_same ? Py_XNewRef(written) : string_of(folded, 0, count);
}

static int put_word(Words *words, const Span *span)
{
    PyObject *is_joined, *begins;
    if (judge(words, span->start, &is_joined, &begins))
        return -1;
    PyObject *written = string_of(words->text.codes, span->start, span->end);
    PyObject *fields[] = {
        PyLong_FromSsize_t(span->start),
        PyLong_FromSsize_t(span->end),
        written,
        folded_of(&words->text, span, written),
        is_joined,
        begins,
        truth(span->is_capitalised),
    };
    words->last_end = span->end;
    return put_new(words->found, record_of(words->type, 7, fields));
}

static int cut(Words *words)
{
    const Text *text = &words->text;
    for (Py_ssize_t place = 0; place < text->length;) {
        Py_ssize_t run = end_of_run(text, place, WORD);
        if (run == place) {
            place++;
            continue;
        }
        Span span = {place, end_of_word(words, place, run), is_at(text, place, CAPITAL)};
        place = span.end;
        if (span.end > run && ask_bare(words, &span))
            return -1;
        if (span.start < span.end && put_word(words, &span))
            return -1;
    }
    return 0;
}

PyObject *cut_words(Table *table, PyObject *arguments)
{
    PyObject *string;
    Words words = {.last_end = 0};
    if (!PyArg_ParseTuple(arguments, "UOOO", &string, &words.type, &words.bare, &words.judge) || !is_record(words.type))
        return NULL;
    if (text_open(&words.text, table, string))
        return NULL;
    words.found = PyList_New(0);
    if (words.found != NULL && cut(&words))
        Py_CLEAR(words.found);
    text_close(&words.text);
    return words.found;
}
