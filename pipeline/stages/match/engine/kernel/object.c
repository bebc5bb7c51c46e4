/* Whose turn it is at an engine, and the texts that are handed to it. Its methods take turns by a lock of the engine's own, so
 * that the interpreter can be given up while articles are matched. */
#include "object.h"

/* Nothing of the engine may be looked at, not even to refuse an argument, before it is one's turn: whoever has it may be
 * matching without the interpreter. Called from within its own turn (by what fills pages, or a signal's handler meanwhile)
 * it would wait for itself for ever: refused. */
int take_turn(EngineObject *self)
{
    if (!PyThread_acquire_lock(self->lock, NOWAIT_LOCK)) {
        if (self->owner == PyThread_get_thread_ident()) {
            PyErr_SetString(PyExc_RuntimeError, "the engine is in use by this very thread");
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS;
        PyThread_acquire_lock(self->lock, WAIT_LOCK);
        Py_END_ALLOW_THREADS;
    }
    self->owner = PyThread_get_thread_ident();
    return 0;
}

void end_turn(EngineObject *self)
{
    self->owner = 0;
    PyThread_release_lock(self->lock);
}

/* ---- texts ---- */

#define MAX_LETTERS (1u << 28) /* of an article; four times as many can still be counted */

static int fill_page(EngineObject *self, uint32_t page)
{
    PyObject *bytes = PyObject_CallFunction(self->fill_page, "I", page);
    if (bytes == NULL)
        return -1;
    char *content;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(bytes, &content, &size) < 0) {
        Py_DECREF(bytes);
        return -1;
    }
    uint32_t *entries = size == 1024 ? malloc(1024) : NULL;
    if (entries != NULL) {
        memcpy(entries, content, 1024);
        self->engine.folding.pages[page] = entries;
    } else {
        PyErr_SetString(PyExc_ValueError, "a page of the folding table has 256 entries of 4 bytes");
    }
    Py_DECREF(bytes);
    return entries != NULL ? 0 : -1;
}

/* The code points of a string after those already in self->text, with the pages they need. */
int put_text(EngineObject *self, PyObject *string)
{
    Numbers *text = &self->text;
    Py_ssize_t length = PyUnicode_GetLength(string);
    if (length < 0)
        return -1;
    if (length > MAX_LETTERS - text->count || RESERVE(text->items, text->room, text->count + (uint32_t)length + 1)) {
        PyErr_NoMemory();
        return -1;
    }
    uint32_t *start = text->items + text->count;
    if (PyUnicode_AsUCS4(string, (Py_UCS4 *)start, length + 1, 0) == NULL)
        return -1;
    text->count += (uint32_t)length;
    for (Py_ssize_t i = 0; i < length; i++)
        if (self->engine.folding.pages[start[i] >> 8] == NULL && fill_page(self, start[i] >> 8))
            return -1;
    return 0;
}
