/* A session's tokens, keys and values to a file and back. In: a session and its tokens; a path. Out: a file that is there whole or not at
 * all; or, of a file that this model wrote under these settings, what it has in common with the tokens at hand. A file may hold anything:
 * what it says of itself is compared, never relied upon, and nothing of it counts before its checksums hold.
 *
 * The file: struct file_head; the tokens, int32 [n_tokens]; checksum of both; the parts of kv.h, in order; checksum of these. The bytes depend
 * on model, tokens and settings only, so that a file made on one machine serves on another.
 */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/whole.h"

struct file_head {
    char magic[8];
    char quern[16];             /* the version that wrote it: another may compute otherwise */
    uint64_t model;             /* identity() */
    uint32_t k_type, v_type;    /* enum qtype */
    uint32_t n_tokens;
    uint32_t zero;
};
_Static_assert(sizeof(struct file_head) == 48 && sizeof QUERN_VERSION <= 16, "head");

/* ---- checksums ---------------------------------------------------------------------------------------------------- */

#define HASH_START UINT64_C(0x243f6a8885a308d3)

/* Each step turns different states and words into different states, so a change within one word never goes unseen. */
static uint64_t mix(uint64_t h, uint64_t word) {
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/* The last word is filled up with zeros: lengths have to be known otherwise. */
static uint64_t hash(uint64_t h, const void *bytes, size_t n) {
    const uint8_t *p = bytes;
    uint64_t word;
    for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        h = mix(h, word);
    }
    if (n > 0) {
        word = 0;
        memcpy(&word, p, n);
        h = mix(h, word);
    }
    return h;
}

/* What tells this model from others, in milliseconds: the size of its file, the whole directory (every key and value, and the vocabulary;
 * names, types, shapes and places of tensors), and of each tensor 8 samples of 64 bytes, or all of it where that is no more. Another
 * training of the same shape differs almost everywhere, in a tensor of four bits too, so some of thousands of samples differ. A file in
 * which a few weights between the samples were changed by hand is taken for the same. Name and date do not count: a copy is the same. */
static uint64_t identity(const struct quern_model *m) {
    enum { SAMPLES = 8, SAMPLE = 64 }; /* the first and the last bytes of a tensor are among them */
    const struct gguf *g = &m->g;
    uint64_t size = g->size, h = hash(HASH_START, &size, sizeof size), data = size;
    for (size_t i = 0; i < g->n_tensors; i++)
        data = g->tensor[i].start < data ? g->tensor[i].start : data;
    h = hash(h, g->base, (size_t)data);
    for (size_t i = 0; i < g->n_tensors; i++) {
        const struct gguf_tensor *t = &g->tensor[i];
        if (t->bytes <= SAMPLES * SAMPLE) {
            h = hash(h, t->data, t->bytes);
            continue;
        }
        for (uint64_t s = 0; s < SAMPLES; s++)
            h = hash(h, t->data + (uint64_t)(t->bytes - SAMPLE) * s / (SAMPLES - 1), SAMPLE);
    }
    return h;
}

static struct file_head head_of(const struct quern_session *s, int n) {
    struct file_head h = {"quernkv", QUERN_VERSION, identity(s->m), s->kv.k_type, s->kv.v_type, (uint32_t)n, 0};
    return h;
}

/* ---- to a file ---------------------------------------------------------------------------------------------------- */

struct writer {
    FILE *f;
    uint64_t sum;
    int error; /* errno of the first write that failed */
};

static void put(struct writer *w, const void *bytes, size_t n) {
    w->sum = hash(w->sum, bytes, n);
    if (!w->error && fwrite(bytes, 1, n, w->f) != n)
        w->error = errno;
}

/* Ends what the sum is of. */
static void put_sum(struct writer *w) {
    uint64_t sum = w->sum;
    put(w, &sum, sizeof sum);
    w->sum = HASH_START;
}

int quern_session_save(struct quern_session *s, const char *path, const int32_t *tokens, int n, struct err *e) {
    if (n < 1 || n != s->n_past)
        return err_set(e, ERR_USAGE, "%d tokens to save, but the session holds %d", n, s->n_past);
    struct file_head h = head_of(s, n);
    struct writer w = {whole_open(path, e), HASH_START, 0};
    if (!w.f)
        return -1;
    kv_trim(&s->kv, n);
    put(&w, &h, sizeof h);
    put(&w, tokens, (size_t)n * sizeof *tokens);
    put_sum(&w);
    for (int i = 0; i < s->kv.n_parts; i++) {
        struct kv_part part = kv_part(&s->kv, i, n);
        put(&w, part.at, part.bytes);
    }
    put_sum(&w);
    return whole_close(w.f, path, 0, w.error, e);
}

/* ---- from a file -------------------------------------------------------------------------------------------------- */

struct reader {
    struct os_file f;
    uint64_t at, sum;
};

static int get(struct reader *r, void *out, size_t n, struct err *e) {
    if (os_file_read(&r->f, r->at, out, n, e))
        return -1;
    r->at += n;
    r->sum = hash(r->sum, out, n);
    return 0;
}

static int refuse(const struct reader *r, const char *why, struct err *e) {
    return err_set(e, ERR_RUNTIME, "%s: %s", r->f.path, why);
}

static int check_sum(struct reader *r, struct err *e) {
    uint64_t want = r->sum, sum;
    if (get(r, &sum, sizeof sum, e))
        return -1;
    r->sum = HASH_START;
    return sum == want ? 0 : refuse(r, "a damaged prompt cache: a checksum does not hold", e);
}

/* Bytes of a file of N tokens. No overflow: the parts are smaller than those kv_plan has added up for up to 2^20 tokens. */
static uint64_t file_size(const struct quern_session *s, uint32_t n) {
    uint64_t bytes = sizeof(struct file_head) + (uint64_t)n * sizeof(int32_t) + 2 * sizeof(uint64_t);
    for (int i = 0; i < s->kv.n_parts; i++)
        bytes += kv_part(&s->kv, i, (int)n).bytes;
    return bytes;
}

/* Reads the head and holds it against the session. *n: tokens, in a file that is as large as they need. */
static int get_head(struct reader *r, const struct quern_session *s, uint32_t *n, struct err *e) {
    struct file_head h, want = head_of(s, 0);
    if (r->f.size < sizeof h)
        return refuse(r, "no prompt cache", e);
    if (get(r, &h, sizeof h, e))
        return -1;
    if (memcmp(h.magic, want.magic, sizeof h.magic) != 0)
        return refuse(r, "no prompt cache", e);
    if (memcmp(h.quern, want.quern, sizeof h.quern) != 0)
        return refuse(r, "a prompt cache of another version of quern", e);
    if (h.model != want.model)
        return refuse(r, "a prompt cache of another model", e);
    if (h.k_type != want.k_type || h.v_type != want.v_type)
        return refuse(r, "a prompt cache made with another -ctk or -ctv", e);
    if (h.zero != 0 || h.n_tokens < 1 || h.n_tokens > (uint32_t)s->m->weights.n_ctx_train || r->f.size != file_size(s, h.n_tokens))
        return refuse(r, "a damaged prompt cache: it is not as long as its tokens", e);
    *n = h.n_tokens;
    return 0;
}

/* Reads the tokens of the file; *same is how many of the first N_WANTED they have in common with WANTED. */
static int get_tokens(struct reader *r, uint32_t n, const int32_t *wanted, int n_wanted, int *same, struct err *e) {
    int32_t *id = malloc(n * sizeof *id);
    if (!id)
        return err_set(e, ERR_MEMORY, "out of memory");
    int rc = get(r, id, n * sizeof *id, e) || check_sum(r, e) ? -1 : 0;
    for (*same = 0; !rc && *same < n_wanted && (uint32_t)*same < n && id[*same] == wanted[*same];)
        ++*same;
    free(id);
    return rc;
}

/* Reads a part of N tokens, and keeps what the first KEEP take. */
static int get_part(struct reader *r, const struct quern_session *s, int part, int n, int keep, struct err *e) {
    uint64_t buffer[2048];
    size_t bytes = kv_part(&s->kv, part, n).bytes;
    struct kv_part to = kv_part(&s->kv, part, keep);
    for (size_t done = 0; done < bytes;) {
        size_t step = bytes - done < sizeof buffer ? bytes - done : sizeof buffer;
        if (get(r, buffer, step, e))
            return -1;
        if (done < to.bytes)
            memcpy(to.at + done, buffer, to.bytes - done < step ? to.bytes - done : step);
        done += step;
    }
    return 0;
}

static int get_session(struct reader *r, struct quern_session *s, const int32_t *tokens, int n, int *same, struct err *e) {
    uint32_t n_file = 0;
    if (get_head(r, s, &n_file, e) || get_tokens(r, n_file, tokens, n, same, e))
        return -1;
    int keep = *same < n ? *same : n - 1;
    if (keep < 1)
        return 0;
    for (int i = 0; i < s->kv.n_parts; i++)
        if (get_part(r, s, i, (int)n_file, keep, e))
            return -1;
    if (check_sum(r, e))
        return -1;
    s->n_past = keep;
    return 0;
}

int quern_session_load(struct quern_session *s, const char *path, const int32_t *tokens, int n, int *same, struct err *e) {
    struct reader r = {.sum = HASH_START};
    struct stat st;
    *same = s->n_past = s->computed.n = 0;
    if (n < 1 || n > s->n_ctx)
        return err_set(e, ERR_USAGE, "%d tokens for a context of %d", n, s->n_ctx);
    if (stat(path, &st) != 0) {
        if (errno == ENOENT)
            return 0;
        return err_set(e, ERR_RUNTIME, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) /* a device or a pipe may be written to, and a folder is refused then */
        return 0;
    if (os_file_open(&r.f, path, e))
        return -1;
    int rc = get_session(&r, s, tokens, n, same, e);
    os_file_close(&r.f);
    if (rc)
        *same = 0;
    return rc;
}
