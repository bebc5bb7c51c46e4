/* What keywords are counted from: runs of letters that are neither stop words nor too short or too long.
 *
 * Python is asked about a run with hyphens or apostrophes inside, of which each part may be a stop word.
 */
#include "kernel.h"

typedef struct {
    Text text;
    PyObject *type, *stops, *compound, *found;
    Py_ssize_t shortest, longest;
} Terms;

static int ask_compound(Terms *terms, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *written = string_of(terms->text.codes, start, end);
    PyObject *folded = string_of(terms->text.folded, start, end);
    PyObject *told = NULL;
    if (written != NULL && folded != NULL)
        told = PyObject_CallFunction(terms->compound, "OOnO", written, folded, start, terms->stops);
    Py_ssize_t count = PyList_Size(terms->found);
    int done = told != NULL ? PyList_SetSlice(terms->found, count, count, told) : -1;
    Py_XDECREF(written);
    Py_XDECREF(folded);
    Py_XDECREF(told);
    return done;
}

static int put_term(Terms *terms, Py_ssize_t start, Py_ssize_t end, int is_same)
{
    PyObject *key = string_of(terms->text.folded, start, end);
    int is_stop = key != NULL ? PySet_Contains(terms->stops, key) : -1;
    if (is_stop) {
        Py_XDECREF(key);
        return is_stop < 0 ? -1 : 0;
    }
    PyObject *fields[] = {
        is_same ? Py_NewRef(key) : string_of(terms->text.codes, start, end),
        key,
        PyLong_FromSsize_t(start),
    };
    return put_new(terms->found, record_of(terms->type, 3, fields));
}

static int take(Terms *terms, Py_ssize_t start, Py_ssize_t end)
{
    const Text *text = &terms->text;
    int has_blank = 0, is_unspaced = 0, is_same = 1;
    for (Py_ssize_t place = start; place < end; place++) {
        has_blank |= text->folded[place] == BLANK;
        is_same &= text->folded[place] == text->codes[place];
        is_unspaced |= is_at(text, place, UNSPACED);
    }
    if (has_blank)
        return ask_compound(terms, start, end);
    int is_key = end - start >= terms->shortest && end - start <= terms->longest && !is_unspaced;
    return is_key ? put_term(terms, start, end, is_same) : 0;
}

static int cut(Terms *terms)
{
    const Text *text = &terms->text;
    for (Py_ssize_t start = 0, end; start < text->length; start = end) {
        end = end_of_run(text, start, LETTER);
        if (end == start) {
            end++;
            continue;
        }
        end = end_of_linked(text, end, JOINT, LETTER);
        if (take(terms, start, end))
            return -1;
    }
    return 0;
}

PyObject *cut_terms(Table *table, PyObject *arguments)
{
    PyObject *string;
    Terms terms = {.found = NULL};
    if (!PyArg_ParseTuple(arguments, "UOO!O(nn)", &string, &terms.type, &PyFrozenSet_Type, &terms.stops,
                          &terms.compound, &terms.shortest, &terms.longest) ||
        !is_record(terms.type) || text_open(&terms.text, table, string))
        return NULL;
    put_folded(&terms.text);
    terms.found = PyList_New(0);
    if (terms.found != NULL && cut(&terms))
        Py_CLEAR(terms.found);
    text_close(&terms.text);
    return terms.found;
}
