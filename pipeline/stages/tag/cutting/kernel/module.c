/* The Python type: a table of signs, and the ways to cut texts by it. */
#include "kernel.h"
#include "version.h"

typedef struct {
    PyObject_HEAD
    Table table;
} Cutter;

static PyObject *cutter_squeezed(Cutter *self, PyObject *string)
{
    return squeezed(&self->table, string);
}

static PyObject *cutter_origins(Cutter *self, PyObject *string)
{
    return origins(&self->table, string);
}

static PyObject *cutter_words(Cutter *self, PyObject *arguments)
{
    return cut_words(&self->table, arguments);
}

static PyObject *cutter_tokens(Cutter *self, PyObject *arguments)
{
    return cut_tokens(&self->table, arguments);
}

static PyObject *cutter_terms(Cutter *self, PyObject *arguments)
{
    return cut_terms(&self->table, arguments);
}

static PyObject *cutter_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    (void)keywords;
    PyObject *fill_page;
    if (!PyArg_ParseTuple(arguments, "O", &fill_page))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Cutter *self = (Cutter *)allocate(type, 0);
    if (self != NULL)
        self->table.fill_page = Py_NewRef(fill_page);
    return (PyObject *)self;
}

static void cutter_free(Cutter *self)
{
    table_free(&self->table);
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"squeezed", (PyCFunction)cutter_squeezed, METH_O, "squeezed(text): folded, its words parted by single spaces."},
    {"origins", (PyCFunction)cutter_origins, METH_O, "origins(text): where each letter of that stands, in 4 bytes."},
    {"words", (PyCFunction)cutter_words, METH_VARARGS, "words(text, type, bare, judge): the words in order."},
    {"tokens", (PyCFunction)cutter_tokens, METH_VARARGS, "tokens(text, type, kinds, rules): numbers, words and signs."},
    {"terms", (PyCFunction)cutter_terms, METH_VARARGS, "terms(text, type, stops, compound, (shortest, longest))."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)cutter_new},
    {Py_tp_dealloc, (void *)cutter_free},
    {Py_tp_methods, methods},
    {Py_tp_doc, "Cutter(fill_page): texts cut by classes of signs."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "_kernel.Cutter",
    .basicsize = sizeof(Cutter),
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
    if (type == NULL || PyModule_AddObjectRef(made, "Cutter", type) < 0 ||
        PyModule_AddStringConstant(made, "VERSION", KERNEL_VERSION) < 0)
        Py_CLEAR(made);
    Py_XDECREF(type);
    return made;
}
