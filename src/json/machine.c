/* States and their memory. What a byte does to a frame is in frame.c and the files after it. */
#include "json/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory: blocks that are given back from the newest on ---- */

enum { BLOCK_BYTES = 1 << 16 };
struct block {
    struct block *older;
    size_t used;  /* of bytes */
    size_t before; /* bytes in older blocks */
    _Alignas(16) unsigned char bytes[];
};

void *machine_new(struct machine *m, size_t n) {
    n = (n + 15) / 16 * 16;
    if (!m->block || m->block->used + n > BLOCK_BYTES) {
        struct block *b = n <= BLOCK_BYTES ? malloc(sizeof *b + BLOCK_BYTES) : NULL;
        if (!b) {
            m->failed = 1;
            return NULL;
        }
        b->older = m->block;
        b->used = 0;
        b->before = m->used;
        m->block = b;
    }
    void *p = m->block->bytes + m->block->used;
    m->block->used += n;
    m->used += n;
    return p;
}

size_t machine_mark(struct machine *m) {
    return m->used;
}

void machine_release(struct machine *m, size_t mark) {
    while (m->block && m->block->before >= mark && m->block->older) {
        struct block *b = m->block;
        m->block = b->older;
        m->used = b->before;
        free(b);
    }
    if (m->block) {
        m->block->used = mark - m->block->before;
        m->used = mark;
    }
}

size_t machine_memory(const struct machine *m) {
    return m->used;
}

int machine_failed(const struct machine *m) {
    return m->failed;
}

const struct frame *machine_keep(struct machine *m, const struct frame *f) {
    struct frame *kept = machine_new(m, sizeof *kept);
    if (kept)
        *kept = *f;
    return kept;
}

/* ---- open, close ---- */

int machine_open(struct machine **out, const struct schema *s, machine_cost *cost, void *ctx, struct err *e) {
    struct machine *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m)
        return err_set(e, ERR_MEMORY, "out of memory");
    m->s = s;
    if (parts_open(&m->parts, s, cost, ctx, e)) {
        machine_close(m);
        return -1;
    }
    *out = m;
    return 0;
}

static void free_blocks(struct block *b) {
    while (b) {
        struct block *older = b->older;
        free(b);
        b = older;
    }
}

void machine_close(struct machine *m) {
    if (!m)
        return;
    free_blocks(m->block);
    parts_close(&m->parts);
    free(m);
}

void machine_start(struct machine *m, struct state *out) {
    free_blocks(m->block);
    m->block = NULL;
    m->used = 0;
    m->failed = 0;
    out->n = 0;
    struct frame root = frame_on(NULL, FRAME_VALUE, m->s->root);
    frame_put(m, &root, out);
}

/* ---- states ---- */

int machine_step(struct machine *m, const struct state *in, unsigned char b, struct state *out) {
    assert(in != out);
    out->n = 0;
    for (int i = 0; i < in->n; i++)
        frame_step(m, &in->way[i], b, out);
    return out->n > 0 && !m->failed;
}

void machine_next(const struct state *s, unsigned char next[256]) {
    memset(next, 0, 256);
    for (int i = 0; i < s->n; i++)
        frame_next(&s->way[i], next);
}

uint32_t machine_left(const struct state *s) {
    uint32_t least = UINT32_MAX;
    for (int i = 0; i < s->n; i++)
        least = s->way[i].left < least ? s->way[i].left : least;
    return least;
}

int machine_complete(const struct state *s) {
    return machine_left(s) == 0;
}

int machine_ended(const struct state *s) {
    for (int i = 0; i < s->n; i++)
        if (s->way[i].kind != FRAME_END)
            return 0;
    return 1;
}

int machine_in_text(const struct state *s, uint32_t *chars, uint32_t *left) {
    int found = 0;
    *chars = 0;
    for (int i = 0; i < s->n; i++) {
        const struct frame *f = &s->way[i];
        if ((f->kind != FRAME_STRING && f->kind != FRAME_NAME) || f->phase != SPELL_TEXT)
            continue;
        const struct lang *l = f->kind == FRAME_NAME ? &((const struct object *)f->of)->name.lang : &((const struct strings *)f->of)->lang;
        uint32_t kept = f->kind == FRAME_NAME || f->unique ? 3 : 0; /* room to be told from others */
        if (l->dfa || l->max < f->n + kept || l->max - f->n - kept < *chars)
            continue;
        found = 1;
        *chars = l->max - f->n - kept;
        *left = f->left + kept;
    }
    return found;
}

/* ---- states alone in memory ---- */

static const struct seen *copy_seen(struct machine *m, const struct seen *s) {
    struct seen *copy = s ? machine_new(m, sizeof *copy) : NULL;
    char *text = copy ? machine_new(m, s->n + 1) : NULL;
    if (!text)
        return NULL;
    *copy = *s;
    copy->s = memcpy(text, s->s, s->n);
    copy->more = copy_seen(m, s->more); /* at most PARTS_OTHERS of them */
    return copy;
}

static const struct chars *copy_chars(struct machine *m, const struct chars *c) {
    struct chars *first = NULL, *last = NULL;
    for (; c; c = c->before) {
        struct chars *copy = machine_new(m, sizeof *copy);
        if (!copy)
            return NULL;
        *copy = *c;
        if (last)
            last->before = copy;
        else
            first = copy;
        last = copy;
    }
    return first;
}

static const struct frame *copy_frame(struct machine *m, const struct frame *f) {
    struct frame *first = NULL, *last = NULL;
    for (; f; f = f->below) {
        struct frame *copy = machine_new(m, sizeof *copy);
        if (!copy)
            return NULL;
        *copy = *f;
        copy->seen = copy_seen(m, f->seen);
        copy->chars = copy_chars(m, f->chars);
        if (last)
            last->below = copy;
        else
            first = copy;
        last = copy;
    }
    return first;
}

int machine_sweep(struct machine *m, struct state *s, struct err *e) {
    struct block *old = m->block;
    m->block = NULL;
    m->used = 0;
    for (int i = 0; i < s->n && !m->failed; i++) {
        const struct frame *copy = copy_frame(m, &s->way[i]);
        if (copy)
            s->way[i] = *copy;
    }
    free_blocks(old);
    return m->failed ? err_set(e, ERR_MEMORY, "out of memory") : 0;
}

/* ---- states that are alike ---- */

/* What is the same for the next AHEAD bytes, F being in a place of its own. */
static void forget(struct frame *f, uint32_t ahead) {
    if (f->kind == FRAME_STRING || f->kind == FRAME_NAME) {
        const struct lang *l = f->kind == FRAME_NAME ? &((const struct object *)f->of)->name.lang : &((const struct strings *)f->of)->lang;
        uint32_t far = ahead + 4 + (l->dfa ? l->dfa->n_states : 0);
        if (f->n >= l->min && l->max > far && f->n < l->max - far)
            f->n = l->min;
        if (f->digits == 0 && f->at == f->to)
            f->chars = NULL;
    }
    if (f->kind == FRAME_ARRAY && !((const struct array *)f->of)->unique) {
        const struct array *a = f->of;
        if (f->phase != PLACE_FIRST && f->n > a->min && f->n > a->n_prefix && a->max > ahead && f->n < a->max - ahead)
            f->n = (a->min > a->n_prefix ? a->min : a->n_prefix) + 1;
    }
}

void machine_key(struct machine *m, const struct state *s, uint32_t ahead, struct state *key) {
    key->n = s->n;
    for (int i = 0; i < s->n; i++) {
        key->way[i] = s->way[i];
        forget(&key->way[i], ahead);
        struct frame *above = &key->way[i];
        for (const struct frame *f = above->below; f; f = f->below) {
            struct frame *copy = machine_new(m, sizeof *copy);
            if (!copy)
                return;
            *copy = *f;
            forget(copy, ahead);
            above->below = copy;
            above = copy;
        }
    }
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n) {
    const unsigned char *b = bytes;
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint64_t v;
        memcpy(&v, b + i, 8);
        h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

/* Everything of F but its pointers to frames, texts and bytes. */
static struct frame shallow(const struct frame *f) {
    struct frame s = *f;
    s.below = NULL;
    s.seen = NULL;
    s.chars = NULL;
    return s;
}

uint64_t machine_hash(const struct state *key) {
    uint64_t h = (uint64_t)key->n;
    for (int i = 0; i < key->n; i++)
        for (const struct frame *f = &key->way[i]; f; f = f->below) {
            struct frame s = shallow(f);
            h = mix(h, &s, sizeof s);
        }
    return h;
}

static int same_seen(const struct seen *a, const struct seen *b) {
    for (; a != b && a && b; a = a->more, b = b->more)
        if (a->n != b->n || memcmp(a->s, b->s, a->n) != 0)
            return 0;
    return a == b;
}

static int same_chars(const struct chars *a, const struct chars *b) {
    for (; a != b && a && b; a = a->before, b = b->before)
        if (a->n != b->n || a->byte != b->byte)
            return 0;
    return a == b;
}

static int same_frame(const struct frame *a, const struct frame *b) {
    for (; a != b && a && b; a = a->below, b = b->below) {
        struct frame x = shallow(a), y = shallow(b);
        if (memcmp(&x, &y, sizeof x) != 0 || !same_seen(a->seen, b->seen) || !same_chars(a->chars, b->chars))
            return 0;
    }
    return a == b;
}

int machine_same(const struct state *a, const struct state *b) {
    if (a->n != b->n)
        return 0;
    for (int i = 0; i < a->n; i++)
        if (!same_frame(&a->way[i], &b->way[i]))
            return 0;
    return 1;
}
