/* An engine as Python has it, and what its methods share. */
#ifndef TOCSIN_OBJECT_H
#define TOCSIN_OBJECT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pythread.h>

#include "kernel.h"

typedef struct {
    PyObject_HEAD
    Engine engine;
    PyThread_type_lock lock;
    unsigned long owner; /* the thread whose turn it is; 0 for none */
    PyObject *fill_page; /* gives the entries of a page of the folding table */
    Numbers text;        /* the code points of the texts at hand */
} EngineObject;

/* object.c: 0, or -1 with Python's exception set */
int take_turn(EngineObject *self);
void end_turn(EngineObject *self);
int put_text(EngineObject *self, PyObject *string);

/* handed.c */
PyObject *engine_match(EngineObject *self, PyObject *arguments);
PyObject *engine_words(EngineObject *self, PyObject *argument);

#endif
