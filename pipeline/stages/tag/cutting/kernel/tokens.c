/* Numbers, words and signs as figures are read from, line by line, in plain signs.
 *
 * Python is asked where a number ends that has signs between its digits, and for all of a line that may hold a link.
 */
#include "kernel.h"

typedef struct {
    Text text;
    PyObject *type, *found;
    PyObject *number, *word, *sign;        /* the kinds */
    int has_spaced_groups, has_apostrophes; /* of the language */
    PyObject *end_of_number, *tokens_of_line;
} Tokens;

typedef struct {
    Py_ssize_t start, end;
    PyObject *signs; /* the line in plain signs, once it was needed */
} Line;

static int put_token(Tokens *tokens, Py_ssize_t start, Py_ssize_t end, PyObject *kind, PyObject *shown, int is_capital)
{
    PyObject *fields[] = {
        PyLong_FromSsize_t(start),
        PyLong_FromSsize_t(end),
        Py_NewRef(kind),
        shown,
        Py_NewRef(is_capital ? Py_True : Py_False),
    };
    return put_new(tokens->found, record_of(tokens->type, 5, fields));
}

/* ---- numbers ---- */

/* Whether a sign that may stand inside a number does, with a digit behind it. */
static int goes_on(const Tokens *tokens, Py_ssize_t place)
{
    int is_space = tokens->has_spaced_groups && place < tokens->text.length && tokens->text.plain[place] == ' ';
    return (is_space || is_at(&tokens->text, place, PLAIN_NUMBER_LINK)) && is_at(&tokens->text, place + 1, PLAIN_DIGIT);
}

static Py_ssize_t ask_end_of_number(const Tokens *tokens, Line *line, Py_ssize_t start)
{
    if (line->signs == NULL && (line->signs = string_of(tokens->text.plain, line->start, line->end)) == NULL)
        return -1;
    PyObject *told = PyObject_CallFunction(tokens->end_of_number, "On", line->signs, start - line->start);
    Py_ssize_t end = told != NULL ? PyLong_AsSsize_t(told) : -1;
    Py_XDECREF(told);
    if (PyErr_Occurred())
        return -1;
    if (end > start - line->start && end <= line->end - line->start)
        return line->start + end;
    PyErr_SetString(PyExc_ValueError, "a number ends in its line");
    return -1;
}

static Py_ssize_t put_number(Tokens *tokens, Line *line, Py_ssize_t start)
{
    Py_ssize_t end = end_of_run(&tokens->text, start, PLAIN_DIGIT);
    if (goes_on(tokens, end) && (end = ask_end_of_number(tokens, line, start)) < 0)
        return -1;
    return put_token(tokens, start, end, tokens->number, string_of(tokens->text.plain, start, end), 0) ? -1 : end;
}

/* ---- words and signs ---- */

/* The word folded, without what does not count in it. */
static PyObject *folded_of(const Text *text, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t place = start; place < end; place++) {
        uint32_t code = (uint32_t)(entry_at(text, place) & CODES);
        if (code != FILLER && code != BLANK)
            text->folded[count++] = code;
    }
    return string_of(text->folded, 0, count);
}

static Py_ssize_t put_word(Tokens *tokens, Py_ssize_t start)
{
    const Text *text = &tokens->text;
    Py_ssize_t end = end_of_run(text, start, PLAIN_LETTER);
    if (tokens->has_apostrophes)
        end = end_of_linked(text, end, PLAIN_APOSTROPHE, PLAIN_LETTER);
    int is_capital = is_at(text, start, PLAIN_CAPITAL);
    return put_token(tokens, start, end, tokens->word, folded_of(text, start, end), is_capital) ? -1 : end;
}

/* Whether an apostrophe stands between letters. */
static int is_elision(const Text *text, Py_ssize_t place)
{
    return is_at(text, place, PLAIN_APOSTROPHE) && is_at(text, place + 1, PLAIN_ALPHABETIC) && place > 0 &&
           is_at(text, place - 1, PLAIN_ALPHABETIC);
}

static Py_ssize_t put_sign(Tokens *tokens, Py_ssize_t place)
{
    if (is_elision(&tokens->text, place))
        return place + 1;
    PyObject *shown = string_of(tokens->text.plain, place, place + 1);
    return put_token(tokens, place, place + 1, tokens->sign, shown, 0) ? -1 : place + 1;
}

/* ---- lines ---- */

/* Whether one of the marks of LINK_MARKS in cutting/signs.py stands in the line. */
static int may_have_link(const uint32_t *signs, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (signs[i] == '@')
            return 1;
        if (signs[i] == ':' && count - i > 2 && signs[i + 1] == '/' && signs[i + 2] == '/')
            return 1;
        if (signs[i] == 'w' && count - i > 3 && signs[i + 1] == 'w' && signs[i + 2] == 'w' && signs[i + 3] == '.')
            return 1;
    }
    return 0;
}

static int ask_line(Tokens *tokens, const Line *line)
{
    PyObject *written = string_of(tokens->text.codes, line->start, line->end);
    PyObject *told = written != NULL ? PyObject_CallFunction(tokens->tokens_of_line, "On", written, line->start) : NULL;
    Py_ssize_t count = PyList_Size(tokens->found);
    int done = told != NULL ? PyList_SetSlice(tokens->found, count, count, told) : -1;
    Py_XDECREF(written);
    Py_XDECREF(told);
    return done;
}

static int cut_line(Tokens *tokens, Line *line)
{
    for (Py_ssize_t place = line->start; place >= 0 && place < line->end;) {
        unsigned classes = classes_at(&tokens->text, place);
        if (classes & PLAIN_LETTER)
            place = put_word(tokens, place);
        else if (classes & PLAIN_DIGIT)
            place = put_number(tokens, line, place);
        else if (classes & PLAIN_BLANK)
            place++;
        else
            place = put_sign(tokens, place);
        if (place < 0)
            return -1;
    }
    return 0;
}

static Py_ssize_t end_of_line(const Text *text, Py_ssize_t start)
{
    while (start < text->length && !is_at(text, start, PLAIN_LINE_END))
        start++;
    return start < text->length ? start + 1 : start;
}

static int cut(Tokens *tokens)
{
    const Text *text = &tokens->text;
    for (Py_ssize_t start = 0, end; start < text->length; start = end) {
        end = end_of_line(text, start);
        Line line = {start, end, NULL};
        int done = may_have_link(text->plain + start, end - start) ? ask_line(tokens, &line) : cut_line(tokens, &line);
        Py_XDECREF(line.signs);
        if (done)
            return -1;
    }
    return 0;
}

PyObject *cut_tokens(Table *table, PyObject *arguments)
{
    PyObject *string;
    Tokens tokens = {.found = NULL};
    if (!PyArg_ParseTuple(arguments, "UO(OOO)(ppOO)", &string, &tokens.type, &tokens.number, &tokens.word, &tokens.sign,
                          &tokens.has_spaced_groups, &tokens.has_apostrophes, &tokens.end_of_number,
                          &tokens.tokens_of_line) ||
        !is_record(tokens.type) || text_open(&tokens.text, table, string))
        return NULL;
    put_plain(&tokens.text);
    tokens.found = PyList_New(0);
    if (tokens.found != NULL && cut(&tokens))
        Py_CLEAR(tokens.found);
    text_close(&tokens.text);
    return tokens.found;
}
