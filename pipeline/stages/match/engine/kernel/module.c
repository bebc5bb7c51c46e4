/* The Python type: what can be asked of an engine. */
#include "object.h"

#include "version.h"

static PyObject *engine_wider(EngineObject *self, PyObject *arguments)
{
    Folding *folding = &self->engine.folding;
    unsigned int code;
    PyObject *letters;
    if (!PyArg_ParseTuple(arguments, "IU", &code, &letters))
        return NULL;
    Py_ssize_t count = PyUnicode_GetLength(letters);
    if (take_turn(self))
        return NULL;
    if (folding->wider_count == 64 || count > 4) {
        end_turn(self);
        return PyErr_Format(PyExc_ValueError, "at most 64 letters stand for several, four at most");
    }
    Wider *wider = &folding->wider[folding->wider_count];
    *wider = (Wider){.code = code, .count = (uint32_t)count};
    for (Py_ssize_t i = 0; i < count; i++)
        wider->letters[i] = PyUnicode_ReadChar(letters, i);
    folding->wider_count++;
    end_turn(self);
    Py_RETURN_NONE;
}

/* ---- keys ---- */

static PyObject *number_or_no_memory(uint32_t number)
{
    return number == NONE ? PyErr_NoMemory() : PyLong_FromUnsignedLong(number);
}

/* A fuzzy word's length and two letters more are the number of a bit; what a wildcard may stand for is looked for in
 * every place of a word. */
static int may_be_key(unsigned int kind, Py_ssize_t letters)
{
    if (kind == FUZZY || kind == FUZZY2)
        return letters >= LEAST_FUZZY && letters <= MOST_FUZZY;
    if (kind == WILDCARD)
        return letters <= MOST_WILDCARD;
    return kind < PAIR && kind != WRITTEN && letters <= UINT16_MAX;
}

static PyObject *engine_key(EngineObject *self, PyObject *arguments)
{
    unsigned int kind;
    PyObject *letters;
    if (!PyArg_ParseTuple(arguments, "IU", &kind, &letters))
        return NULL;
    if (!may_be_key(kind, PyUnicode_GetLength(letters)))
        return PyErr_Format(PyExc_ValueError, "no such kind of key, or one too short or too long");
    if (take_turn(self))
        return NULL;
    self->text.count = 0;
    PyObject *key = NULL;
    if (put_text(self, letters) == 0)
        key = number_or_no_memory(key_make(&self->engine, kind, self->text.items, self->text.count));
    end_turn(self);
    return key;
}

static PyObject *engine_find(EngineObject *self, PyObject *arguments)
{
    unsigned int kind;
    PyObject *letters;
    if (!PyArg_ParseTuple(arguments, "IU", &kind, &letters))
        return NULL;
    if (take_turn(self))
        return NULL;
    self->text.count = 0;
    int done = put_text(self, letters);
    uint64_t hash = done ? 0 : hash_letters(&self->engine.keys, self->text.items, self->text.count, kind);
    uint32_t key = done ? NONE : key_find(&self->engine.keys, kind, self->text.items, self->text.count, hash);
    end_turn(self);
    return done ? NULL : PyLong_FromLongLong(key == NONE ? -1 : (long long)key);
}

static PyObject *engine_written(EngineObject *self, PyObject *arguments)
{
    unsigned int plain;
    PyObject *letters;
    if (!PyArg_ParseTuple(arguments, "IU", &plain, &letters))
        return NULL;
    if (take_turn(self))
        return NULL;
    self->text.count = 0;
    PyObject *key = NULL;
    if (!is_key(&self->engine.keys, plain) || PyUnicode_GetLength(letters) > UINT16_MAX)
        PyErr_SetString(PyExc_ValueError, "no such key, or one too long");
    else if (put_text(self, letters) == 0)
        key = number_or_no_memory(key_make_written(&self->engine, plain, self->text.items, self->text.count));
    end_turn(self);
    return key;
}

static PyObject *engine_common(EngineObject *self, PyObject *argument)
{
    unsigned long key = PyLong_AsUnsignedLong(argument);
    if (PyErr_Occurred())
        return NULL;
    if (take_turn(self))
        return NULL;
    int is_known = is_key(&self->engine.keys, key);
    if (is_known)
        self->engine.keys.keys[key].flags |= IS_COMMON;
    end_turn(self);
    if (!is_known)
        return PyErr_Format(PyExc_ValueError, "no such key");
    Py_RETURN_NONE;
}

/* ---- watches ---- */

static PyObject *engine_add(EngineObject *self, PyObject *program)
{
    char *content;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(program, &content, &size) < 0)
        return NULL;
    if (size == 0 || size % 4 || size / 4 > MOST_WORDS)
        return PyErr_Format(PyExc_ValueError, "a program is words of 4 bytes, %u at most", MOST_WORDS);
    const uint32_t *words = (const uint32_t *)(void *)content;
    if (take_turn(self))
        return NULL;
    int is_sound = is_program(&self->engine.keys, words, (uint32_t)(size / 4));
    uint32_t slot = is_sound ? store_add(&self->engine, words, (uint32_t)(size / 4)) : NONE;
    end_turn(self);
    return is_sound ? number_or_no_memory(slot) : PyErr_Format(PyExc_ValueError, "no program of this engine's keys");
}

static int is_slot(const EngineObject *self, unsigned long slot)
{
    const Store *store = &self->engine.store;
    return slot < store->count && store->watches[slot].size > 0;
}

static PyObject *engine_remove(EngineObject *self, PyObject *argument)
{
    unsigned long slot = PyLong_AsUnsignedLong(argument);
    if (PyErr_Occurred())
        return NULL;
    if (take_turn(self))
        return NULL;
    int is_known = is_slot(self, slot);
    int done = is_known ? store_remove(&self->engine, (uint32_t)slot) : 0;
    end_turn(self);
    if (!is_known)
        return PyErr_Format(PyExc_ValueError, "no such watch");
    if (done < 0)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *engine_put_aside(EngineObject *self, PyObject *argument)
{
    unsigned long slot = PyLong_AsUnsignedLong(argument);
    if (PyErr_Occurred())
        return NULL;
    if (take_turn(self))
        return NULL;
    int is_known = is_slot(self, slot);
    if (is_known)
        self->engine.store.watches[slot].is_aside = 1;
    end_turn(self);
    if (!is_known)
        return PyErr_Format(PyExc_ValueError, "no such watch");
    Py_RETURN_NONE;
}

static PyObject *list_of_costs(const Engine *engine, const Cost *costs, uint32_t count)
{
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        PyObject *cost = Py_BuildValue("(IIK)", (unsigned)costs[i].slot,
                                       (unsigned)engine->store.watches[costs[i].slot].evaluations,
                                       (unsigned long long)costs[i].nanoseconds);
        if (cost == NULL || PyList_Append(list, cost) < 0)
            Py_CLEAR(list);
        Py_XDECREF(cost);
    }
    return list;
}

static PyObject *engine_costs(EngineObject *self, PyObject *argument)
{
    unsigned long most = PyLong_AsUnsignedLong(argument);
    if (PyErr_Occurred())
        return NULL;
    if (most == 0 || most > MOST_COSTS)
        return PyErr_Format(PyExc_ValueError, "between 1 and %d", (int)MOST_COSTS);
    if (take_turn(self))
        return NULL;
    Cost costs[MOST_COSTS];
    PyObject *list = list_of_costs(&self->engine, costs, costliest_watches(&self->engine, costs, (uint32_t)most));
    end_turn(self);
    return list;
}

/* ---- the engine ---- */

static PyObject *engine_counts(EngineObject *self, PyObject *unused)
{
    (void)unused;
    if (take_turn(self))
        return NULL;
    const Engine *engine = &self->engine;
    PyObject *counts = Py_BuildValue(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:K,s:K,s:K}", "watches", (unsigned)engine->store.alive, "keys", (unsigned)engine->keys.live,
        "named", (unsigned)engine->keys.named, "attributes", (unsigned)engine->keys.attributes, "candidates",
        (unsigned)engine->candidates.count, "always", (unsigned)engine->store.always.count, "steps",
        (unsigned long long)engine->article.steps, "looked", (unsigned long long)engine->looked,
        "letters", (unsigned long long)engine->keys.looked_now);
    end_turn(self);
    return counts;
}

/* As secret as what Python hashes strings with, and as repeatable where PYTHONHASHSEED is set. */
static int draw_seed(uint64_t *seed)
{
    PyObject *word = PyUnicode_FromString("the keys of an engine");
    Py_hash_t hash = word == NULL ? -1 : PyObject_Hash(word);
    Py_XDECREF(word);
    *seed = (uint64_t)hash;
    return hash == -1 ? -1 : 0;
}

static PyObject *engine_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    (void)keywords;
    PyObject *fill;
    if (!PyArg_ParseTuple(arguments, "O", &fill))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    EngineObject *self = (EngineObject *)allocate(type, 0);
    if (self == NULL)
        return NULL;
    self->engine.keys.free_list = self->engine.store.free_slot = NONE;
    self->lock = PyThread_allocate_lock();
    self->fill_page = Py_NewRef(fill);
    if (self->lock == NULL)
        PyErr_NoMemory();
    if (self->lock == NULL || draw_seed(&self->engine.keys.seed)) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static void engine_free(EngineObject *self)
{
    Engine *engine = &self->engine;
    for (uint32_t page = 0; page < FOLD_PAGES; page++)
        free(engine->folding.pages[page]);
    keys_free(&engine->keys);
    article_free(&engine->article);
    store_free(&engine->store);
    free(engine->spans.items);
    free(engine->hits);
    free(engine->candidates.items);
    free(engine->result.items);
    free(engine->anchors.items);
    free(engine->scratch.items);
    free(engine->stretches.items);
    free(self->text.items);
    if (self->lock != NULL)
        PyThread_free_lock(self->lock);
    Py_XDECREF(self->fill_page);
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"wider", (PyCFunction)engine_wider, METH_VARARGS, "wider(code, letters): a folded code point as its letters."},
    {"key", (PyCFunction)engine_key, METH_VARARGS, "key(kind, letters): the key's number, made when it is new."},
    {"find", (PyCFunction)engine_find, METH_VARARGS, "find(kind, letters): the key's number; -1 where there is none."},
    {"written", (PyCFunction)engine_written, METH_VARARGS, "written(key of the word, letters): the spelling's key."},
    {"common", (PyCFunction)engine_common, METH_O, "common(key): a word of nearly every article; kept for good."},
    {"add", (PyCFunction)engine_add, METH_O, "add(program): the slot of a watch, in force at once."},
    {"remove", (PyCFunction)engine_remove, METH_O, "remove(slot): out of force at once."},
    {"put_aside", (PyCFunction)engine_put_aside, METH_O, "put_aside(slot): from now on it may take next to nothing."},
    {"costs", (PyCFunction)engine_costs, METH_O, "costs(most): slot, evaluations, nanoseconds of the costliest."},
    {"match", (PyCFunction)engine_match, METH_VARARGS, "match((fields, attributes, mentions), wants_hits): words."},
    {"words", (PyCFunction)engine_words, METH_O, "words(field): starts, then ends, of the words of the last article."},
    {"counts", (PyCFunction)engine_counts, METH_NOARGS, "counts(): of watches, of keys, of the last article's candidates."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)engine_new},
    {Py_tp_dealloc, (void *)engine_free},
    {Py_tp_methods, methods},
    {Py_tp_doc, "Engine(fill_page): watches as programs, and the articles that match them."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "_kernel.Engine",
    .basicsize = sizeof(EngineObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "_kernel", .m_size = -1};

PyMODINIT_FUNC PyInit__kernel(void)
{
    PyObject *made = PyModule_Create(&module);
    if (made == NULL)
        return NULL;
    PyObject *type = PyType_FromSpec(&spec);
    if (type == NULL || PyModule_AddObjectRef(made, "Engine", type) < 0 ||
        PyModule_AddStringConstant(made, "VERSION", KERNEL_VERSION) < 0)
        Py_CLEAR(made);
    Py_XDECREF(type);
    return made;
}
