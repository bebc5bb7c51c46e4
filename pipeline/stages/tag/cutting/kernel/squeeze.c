/* A text as names are looked up in it: folded, its words parted by single spaces, with the way back. */
#include "kernel.h"

/* Puts the squeezed text where the folded one would be, and where each of its letters stands where the plain one would
 * be; a space stands where the word behind it does. Gives their number, never more than the text has. */
static Py_ssize_t squeeze(Text *text)
{
    Py_ssize_t count = 0;
    int has_gap = 0;
    for (Py_ssize_t place = 0; place < text->length; place++) {
        uint32_t code = (uint32_t)(entry_at(text, place) & CODES);
        if (code == BLANK)
            has_gap = count > 0;
        if (code == BLANK || code == FILLER)
            continue;
        if (has_gap) {
            text->plain[count] = (uint32_t)place;
            text->folded[count++] = BLANK;
            has_gap = 0;
        }
        text->plain[count] = (uint32_t)place;
        text->folded[count++] = code;
    }
    return count;
}

static int open_squeezed(Text *text, Table *table, PyObject *string, Py_ssize_t *count)
{
    if (!PyUnicode_Check(string)) {
        PyErr_SetString(PyExc_TypeError, "a text is squeezed");
        return -1;
    }
    if (text_open(text, table, string))
        return -1;
    *count = squeeze(text);
    return 0;
}

PyObject *squeezed(Table *table, PyObject *string)
{
    Text text;
    Py_ssize_t count;
    if (open_squeezed(&text, table, string, &count))
        return NULL;
    PyObject *made = string_of(text.folded, 0, count);
    text_close(&text);
    return made;
}

PyObject *origins(Table *table, PyObject *string)
{
    Text text;
    Py_ssize_t count;
    if (open_squeezed(&text, table, string, &count))
        return NULL;
    PyObject *made = PyBytes_FromStringAndSize((const char *)text.plain, count * (Py_ssize_t)sizeof(uint32_t));
    text_close(&text);
    return made;
}
