/* The table of signs, texts looked up in it, and what all pieces are made with. */
#include "kernel.h"

#include <string.h>

_Static_assert(sizeof(wchar_t) == sizeof(uint32_t), "strings are made from code points of 32 bits");

/* What is asked for a page may have filled it meanwhile, by cutting a text of its own. */
static int keep_page(Table *table, uint32_t page, const char *content)
{
    if (table->pages[page] != NULL)
        return 0;
    uint64_t *entries = malloc(PAGE_BYTES);
    if (entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(entries, content, PAGE_BYTES);
    table->pages[page] = entries;
    return 0;
}

static int fill_page(Table *table, uint32_t page)
{
    PyObject *bytes = PyObject_CallFunction(table->fill_page, "I", (unsigned)page);
    char *content;
    Py_ssize_t size;
    int done = -1;
    if (bytes == NULL)
        return -1;
    if (PyBytes_AsStringAndSize(bytes, &content, &size) == 0) {
        if (size == PAGE_BYTES)
            done = keep_page(table, page, content);
        else
            PyErr_SetString(PyExc_ValueError, "a page of the table of signs has 256 entries of 8 bytes");
    }
    Py_DECREF(bytes);
    return done;
}

void table_free(Table *table)
{
    for (uint32_t page = 0; page < PAGES; page++)
        free(table->pages[page]);
    Py_XDECREF(table->fill_page);
}

static int fill_pages(Table *table, const Text *text)
{
    for (Py_ssize_t i = 0; i < text->length; i++) {
        uint32_t page = text->codes[i] >> 8;
        if (table->pages[page] == NULL && fill_page(table, page))
            return -1;
    }
    return 0;
}

int text_open(Text *text, Table *table, PyObject *string)
{
    Py_ssize_t length = PyUnicode_GetLength(string);
    *text = (Text){.table = table, .string = string, .length = length};
    if (length < 0)
        return -1;
    if (length > MOST_LETTERS) {
        PyErr_SetString(PyExc_OverflowError, "a text has at most 2 to the power of 28 letters");
        return -1;
    }
    size_t room = (size_t)length + 1; /* the end's nought is written, too */
    uint32_t *codes = malloc(3 * room * sizeof(uint32_t));
    if (codes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    text->codes = codes;
    text->folded = codes + room;
    text->plain = codes + 2 * room;
    if (PyUnicode_AsUCS4(string, (Py_UCS4 *)codes, length + 1, 1) != NULL && fill_pages(table, text) == 0)
        return 0;
    text_close(text);
    return -1;
}

void text_close(Text *text)
{
    free(text->codes);
    text->codes = NULL;
}

void put_folded(Text *text)
{
    for (Py_ssize_t i = 0; i < text->length; i++)
        text->folded[i] = (uint32_t)(entry_at(text, i) & CODES);
}

void put_plain(Text *text)
{
    for (Py_ssize_t i = 0; i < text->length; i++)
        text->plain[i] = (uint32_t)(entry_at(text, i) >> 21 & CODES);
}

Py_ssize_t end_of_run(const Text *text, Py_ssize_t start, unsigned class)
{
    while (is_at(text, start, class))
        start++;
    return start;
}

/* Where a run goes on to that ends at a place, over single links with a run behind each. */
Py_ssize_t end_of_linked(const Text *text, Py_ssize_t end, unsigned link, unsigned class)
{
    while (is_at(text, end, link) && is_at(text, end + 1, class))
        end = end_of_run(text, end + 1, class);
    return end;
}

/* ---- pieces ---- */

PyObject *string_of(const uint32_t *codes, Py_ssize_t start, Py_ssize_t end)
{
    return PyUnicode_FromWideChar((const wchar_t *)(const void *)(codes + start), end - start);
}

/* Whether it is a class of tuples, such as named ones. */
int is_record(PyObject *type)
{
    if (PyType_Check(type) && PyType_IsSubtype((PyTypeObject *)type, &PyTuple_Type))
        return 1;
    PyErr_SetString(PyExc_TypeError, "pieces are named tuples");
    return 0;
}

/* A named tuple of fields that are given away; a field that is NULL has failed, and with it the tuple. Its fields are
 * strings, numbers and constants: it is part of no cycle, and the garbage collector need not look at a thousand of them
 * an article again and again. */
PyObject *record_of(PyObject *type, Py_ssize_t count, PyObject **fields)
{
    int is_whole = 1;
    for (Py_ssize_t i = 0; i < count; i++)
        is_whole &= fields[i] != NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot((PyTypeObject *)type, Py_tp_alloc);
    PyObject *made = is_whole ? allocate((PyTypeObject *)type, count) : NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (made != NULL)
            PyTuple_SetItem(made, i, fields[i]);
        else
            Py_XDECREF(fields[i]);
    }
    if (made != NULL)
        PyObject_GC_UnTrack(made);
    return made;
}

/* Appends an item that is given away; NULL has failed. */
int put_new(PyObject *list, PyObject *item)
{
    int done = item != NULL ? PyList_Append(list, item) : -1;
    Py_XDECREF(item);
    return done;
}
