/* Checks src/gguf on sound files: what opens, what is found in it, typed reads, many keys and tensors, the real vocabulary.
 * Takes no arguments; returns 0 when all pass. */
#define _POSIX_C_SOURCE 200809L
#include <unistd.h>

#include "base/os.h"
#include "gguf_file.h"

/* ---- sound files ---- */

static void check_sound(void) {
    struct file f = {0};
    put_good(&f);
    ACCEPTED(&f);
    f.bytes[4] = 2; /* version 2 has the same layout */
    ACCEPTED(&f);
    put_zeros(&f, 100); /* a tail is no fault */
    ACCEPTED(&f);
    file_free(&f);

    put_header(&f, 0, 0);
    ACCEPTED(&f);
    file_free(&f);

    static const uint64_t dims[] = {2};
    static const uint32_t aligns[] = {8, 64, 65536};
    for (int i = 0; i < 3; i++) {
        put_header(&f, 2, 1);
        put_key(&f, "general.alignment", GGUF_U32);
        put_u32(&f, aligns[i]);
        put_tensor(&f, "x", QT_F32, dims, 1, 0);
        put_tensor(&f, "xx", QT_F32, dims, 1, aligns[i]);
        put_zeros(&f, (aligns[i] - f.n % aligns[i]) % aligns[i] + aligns[i] + 8);
        ACCEPTED(&f);
        file_free(&f);
    }
}

/* What gguf_open found is what was written. */
static void check_content(void) {
    struct file f = {0};
    struct gguf g;
    struct err e = {0};
    void *copy;
    put_good(&f);
    CHECK(open_copy(&g, f.bytes, f.n, &copy, &e) == 0);
    CHECK(g.version == 3 && g.alignment == 32 && g.n_kv == N_KV && g.n_tensors == 4);
    const struct gguf_kv *kv = gguf_find(&g, "a.str");
    CHECK(kv && kv->type == GGUF_ARR && kv->elem == GGUF_STR && kv->n == 3 && kv->offset == at(&f, "a.str:value"));
    static const char *const words[] = {"one", "", "three"};
    const uint8_t *p = kv->data;
    for (int i = 0; i < 3; i++) {
        struct gguf_str s = gguf_next_string(&p);
        CHECK(s.n == strlen(words[i]) && memcmp(s.s, words[i], s.n) == 0);
    }
    CHECK(gguf_find(&g, "a.nostr")->n == 0 && gguf_find(&g, "a.nostr")->bytes == 0);
    CHECK(gguf_find(&g, "a.st") == NULL && gguf_find(&g, "a.str2") == NULL && gguf_find(&g, "") == NULL);

    const struct gguf_tensor *t = gguf_tensor_find(&g, NAME64);
    size_t data = at(&f, ":data");
    CHECK(t && t == &g.tensor[1] && t->type == QT_F16 && t->n_dims == 4 && t->bytes == 48 && t->start == data + 256);
    CHECK(t->dims[0] == 1 && t->dims[1] == 2 && t->dims[2] == 3 && t->dims[3] == 4 && t->offset == at(&f, NAME64 ":len"));
    CHECK(memcmp(t->data, f.bytes + data + 256, 48) == 0);
    t = gguf_tensor_find(&g, "w.q4k");
    CHECK(t && t->bytes == 288 && t->dims[2] == 1 && t->dims[3] == 1);
    CHECK(gguf_tensor_find(&g, "w.q") == NULL);
    CHECK(strcmp(gguf_type_name(GGUF_F64), "f64") == 0 && strcmp(gguf_type_name(13), "?") == 0);
    gguf_close(&g);
    CHECK(g.kv == NULL && g.n_kv == 0);
    gguf_close(&g);
    free(copy);
    file_free(&f);
}

static void check_reads(void) {
    struct file f = {0};
    struct gguf g;
    struct err e = {0};
    void *copy;
    put_good(&f);
    uint64_t big = (uint64_t)1 << 32;
    memcpy(f.bytes + at(&f, "k.u64:value"), &big, 8);
    CHECK(open_copy(&g, f.bytes, f.n, &copy, &e) == 0);
    uint32_t u = 7;
    for (int i = 0; i < N_SCALARS; i++) {
        uint32_t type = scalars[i].type;
        int expected = type == GGUF_I8 || type == GGUF_U64 ? -1 : 1; /* -55 and 2^32 */
        u = 7;
        CHECK(gguf_u32(&g, scalars[i].key, &u, &e) == expected && u == (expected == 1 ? 201 : 7));
    }
    CHECK(gguf_u32(&g, "k.i8", &u, &e) == -1 && says(&e, "k.i8: expected 0 to 2^32 - 1, found a negative number"));
    CHECK(gguf_u32(&g, "k.u64", &u, &e) == -1 && says(&e, "found 4294967296"));
    CHECK(gguf_u32(&g, "k.f32", &u, &e) == -1 && says(&e, "k.f32: expected an integer, found f32"));
    CHECK(gguf_u32(&g, "k.yes", &u, &e) == -1 && says(&e, "found bool"));
    CHECK(gguf_u32(&g, "a.u32", &u, &e) == -1 && says(&e, "expected an integer, found an array of u32"));
    CHECK(gguf_u32(&g, "k.absent", &u, &e) == 0);

    float x = 0;
    CHECK(gguf_f32(&g, "k.f32", &x, &e) == 1 && x == 0.25f);
    CHECK(gguf_f32(&g, "k.u32", &x, &e) == -1 && says(&e, "k.u32: expected f32, found u32") && x == 0.25f);
    CHECK(gguf_f32(&g, "k.f64", &x, &e) == -1 && gguf_f32(&g, "k.absent", &x, &e) == 0);
    int b = 5;
    CHECK(gguf_bool(&g, "k.yes", &b, &e) == 1 && b == 1);
    CHECK(gguf_bool(&g, "k.u8", &b, &e) == -1 && says(&e, "expected bool, found u8") && gguf_bool(&g, "k.absent", &b, &e) == 0);
    struct gguf_str s = {0};
    CHECK(gguf_string(&g, "general.architecture", &s, &e) == 1 && s.n == 4 && memcmp(s.s, "test", 4) == 0);
    CHECK(gguf_string(&g, "k.none", &s, &e) == 1 && s.n == 0);
    CHECK(gguf_string(&g, "a.str", &s, &e) == -1 && says(&e, "expected str, found an array of str"));
    CHECK(gguf_string(&g, "k.absent", &s, &e) == 0);
    const struct gguf_kv *kv = NULL;
    CHECK(gguf_array(&g, "a.i32", GGUF_I32, &kv, &e) == 1 && kv->n == 2 && kv->bytes == 8);
    CHECK(gguf_array(&g, "a.i32", GGUF_U32, &kv, &e) == -1 && says(&e, "expected an array of u32, found an array of i32"));
    CHECK(gguf_array(&g, "k.i32", GGUF_I32, &kv, &e) == -1 && says(&e, "expected an array of i32, found i32"));
    CHECK(gguf_array(&g, "k.absent", GGUF_I32, &kv, &e) == 0);
    CHECK(gguf_fault(&g, 12, "a\nb", 3, &e, "%d of %s", 3, "x\033y") == -1);
    CHECK(strcmp(e.text, "test.gguf: byte 12: a\\x0ab: 3 of x\\x1by") == 0 && e.code == ERR_MODEL);
    gguf_close(&g);
    free(copy);
    file_free(&f);
}

/* ---- size ---- */

/* Many keys, in no order: all are found, and one that occurs twice is refused wherever it is. */
static void check_many_keys(void) {
    enum { N = 60000 };
    struct file f = {0};
    struct gguf g;
    struct err e = {0};
    char key[32];
    put_header(&f, 0, N);
    size_t last = 0;
    for (uint32_t i = 0; i < N; i++) {
        last = f.n;
        snprintf(key, sizeof key, "some.key.%05u", (unsigned)(i * 7919u % N)); /* 7919 is prime to 60000: each number once */
        put_str(&f, key);
        put_u32(&f, GGUF_U32);
        put_u32(&f, i);
    }
    CHECK(gguf_open(&g, "test.gguf", f.bytes, f.n, &e) == 0);
    int wrong = 0;
    for (uint32_t i = 0; i < N; i++) {
        uint32_t v = N;
        snprintf(key, sizeof key, "some.key.%05u", (unsigned)(i * 7919u % N));
        wrong += gguf_u32(&g, key, &v, &e) != 1 || v != i;
    }
    CHECK(wrong == 0 && gguf_find(&g, "some.key.60000") == NULL);
    gguf_close(&g);
    memcpy(f.bytes + last + 8, "some.key.00000", 14);
    refused(&f, f.n, last, "some.key.00000", "twice", __LINE__);
    file_free(&f);
}

static void check_many_tensors(void) {
    enum { N = 3000 };
    struct file f = {0};
    static const uint64_t dims[] = {16};
    char name[32];
    put_header(&f, N, 0);
    size_t patch = 0;
    for (uint64_t i = 0; i < N; i++) {
        uint64_t slot = i * 1009 % N;
        snprintf(name, sizeof name, "t.%04u", (unsigned)i);
        put_tensor(&f, name, QT_F32, dims, 1, slot * 64);
        if (i == 1234)
            patch = f.n - 8;
    }
    put_zeros(&f, (32 - f.n % 32) % 32 + N * 64);
    ACCEPTED(&f);
    uint64_t offset = 1234 * 1009 % N * 64 + 32;
    memcpy(f.bytes + patch, &offset, 8); /* now it reaches into its neighbour */
    struct gguf g;
    struct err e = {0};
    CHECK(gguf_open(&g, "test.gguf", f.bytes, f.n, &e) == -1 && says(&e, "overlap those of t.1234"));
    file_free(&f);
}

static void check_vocabulary(void) {
    static const char path[] = "../shared/conformance/tokenizer/qwen2.5-vocab.gguf";
    struct os_map m = {0};
    struct gguf g;
    struct err e = {0};
    const struct gguf_kv *kv = NULL;
    if (access(path, R_OK) != 0) {
        printf("skip: no %s\n", path);
        return;
    }
    CHECK(os_map_open(&m, path, &e) == 0 && gguf_open(&g, path, m.base, m.size, &e) == 0);
    CHECK(gguf_array(&g, "tokenizer.ggml.tokens", GGUF_STR, &kv, &e) == 1 && kv->n == 151936);
    CHECK(gguf_array(&g, "tokenizer.ggml.merges", GGUF_STR, &kv, &e) == 1 && kv->n == 151387);
    CHECK(is_sound(&g));
    gguf_close(&g);
    os_map_close(&m);
}

int main(int argc, char **argv) {
    (void)argc;
    program = argv[0];
    check_sound();
    check_content();
    check_reads();
    check_many_keys();
    check_many_tensors();
    check_vocabulary();
    printf("check_gguf: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
