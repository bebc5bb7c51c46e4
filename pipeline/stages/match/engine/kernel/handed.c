/* Articles as Python hands them over, and what is told of them. */
#include "object.h"

typedef struct {
    uint32_t start, length, zones, lead_end;
} FieldAt;

#define MENTION_WORDS 5          /* key, field, start, end, origin */
#define MOST_MENTIONS (1u << 24) /* numbers of mentions; more are none */

/* An article as it was handed over: fields, keys it has wherever, mentions. */
typedef struct {
    FieldAt fields[MAX_FIELDS];
    uint32_t field_count;
    const uint32_t *attributes, *mentions;
    Py_ssize_t attribute_count, mention_count;
} Handed;

static int take_field(EngineObject *self, PyObject *field, Handed *handed)
{
    PyObject *text;
    unsigned int zones, lead_end;
    if (!PyArg_ParseTuple(field, "UII", &text, &zones, &lead_end))
        return -1;
    if (handed->field_count == MAX_FIELDS) {
        PyErr_Format(PyExc_ValueError, "more than %d fields", (int)MAX_FIELDS);
        return -1;
    }
    FieldAt at = {.start = self->text.count, .zones = zones, .lead_end = lead_end};
    if (put_text(self, text))
        return -1;
    at.length = self->text.count - at.start;
    handed->fields[handed->field_count++] = at;
    return 0;
}

static int take_article(EngineObject *self, PyObject *article, Handed *handed)
{
    PyObject *fields;
    const char *attributes, *mentions;
    Py_ssize_t attribute_bytes, mention_bytes;
    if (!PyArg_ParseTuple(article, "O!y#y#", &PyTuple_Type, &fields, &attributes, &attribute_bytes, &mentions,
                          &mention_bytes))
        return -1;
    *handed = (Handed){.attributes = (const uint32_t *)(const void *)attributes,
                       .mentions = (const uint32_t *)(const void *)mentions,
                       .attribute_count = attribute_bytes / 4,
                       .mention_count = mention_bytes / (4 * MENTION_WORDS)};
    self->text.count = 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(fields); i++)
        if (take_field(self, PyTuple_GetItem(fields, i), handed))
            return -1;
    return 0;
}

static int put_mentions(Engine *engine, const Handed *handed)
{
    for (Py_ssize_t i = 0; i < handed->mention_count; i++) {
        const uint32_t *words = handed->mentions + i * MENTION_WORDS;
        MentionSpan span = {.start = words[2], .end = words[3], .field = (uint16_t)words[1]};
        int is_known = is_key(&engine->keys, words[0]) && words[4] <= MOST_MENTIONS;
        if (is_known && article_mention(engine, words[0], &span, words[4]))
            return -1;
    }
    return 0;
}

static int match_handed(EngineObject *self, const Handed *handed)
{
    Engine *engine = &self->engine;
    article_begin(engine);
    for (uint32_t i = 0; i < handed->field_count; i++) {
        const FieldAt *at = &handed->fields[i];
        if (article_field(engine, self->text.items + at->start, at->length, at->zones, at->lead_end))
            return -1;
    }
    for (Py_ssize_t i = 0; i < handed->attribute_count; i++)
        if (is_key(&engine->keys, handed->attributes[i]) && article_attribute(engine, handed->attributes[i]))
            return -1;
    if (put_mentions(engine, handed) || article_end(engine) || match_article(engine))
        return -1;
    return store_reanchor(engine);
}

static PyObject *match_in_turn(EngineObject *self, PyObject *article)
{
    Handed handed;
    if (take_article(self, article, &handed))
        return NULL;
    self->engine.result.count = 0;
    int done;
    Py_BEGIN_ALLOW_THREADS;
    done = match_handed(self, &handed);
    Py_END_ALLOW_THREADS;
    const Numbers *result = &self->engine.result;
    return done < 0 ? PyErr_NoMemory() : PyBytes_FromStringAndSize((const char *)result->items, (Py_ssize_t)result->count * 4);
}

PyObject *engine_match(EngineObject *self, PyObject *arguments)
{
    PyObject *article;
    int wants_hits;
    if (!PyArg_ParseTuple(arguments, "O!p", &PyTuple_Type, &article, &wants_hits))
        return NULL;
    if (take_turn(self))
        return NULL;
    self->engine.wants_hits = wants_hits;
    PyObject *result = match_in_turn(self, article);
    end_turn(self);
    return result;
}

/* Start and end of each word of a field of the article that was matched last. */
PyObject *engine_words(EngineObject *self, PyObject *argument)
{
    unsigned long field = PyLong_AsUnsignedLong(argument);
    if (PyErr_Occurred())
        return NULL;
    if (take_turn(self))
        return NULL;
    const Article *article = &self->engine.article;
    uint32_t count = 0, place = 0;
    for (uint32_t i = 0; i < article->token_count; i++)
        count += article->tokens[i].field == field;
    PyObject *words = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)count * 2 * (Py_ssize_t)sizeof(uint32_t));
    uint32_t *spans = words == NULL ? NULL : (uint32_t *)PyBytes_AsString(words);
    for (uint32_t i = 0; spans != NULL && i < article->token_count; i++) {
        const Token *token = &article->tokens[i];
        if (token->field != field)
            continue;
        spans[place] = token->start;
        spans[count + place] = token->end;
        place++;
    }
    end_turn(self);
    return words;
}
