/* Checks that src/gguf refuses what is unsound, in the right words: one field patched, every truncation, random damage.
 * check_gguf_bad [SEED [ROUNDS]]: the damage. Returns 0 when all pass. */
#include <inttypes.h>

#include "gguf_file.h"

/* ---- one field patched ---- */

struct patch {
    const char *mark;
    int skip;           /* bytes from the mark to the patch */
    int width;
    uint64_t value;
    const char *where;  /* the mark at which the fault is found; NULL: mark */
    int where_skip;
    const char *field, *reason;
};

static const struct patch patches[] = {
    {":version", -4, 4, 0x47475546, "!", 0, "magic", "found \"FUGG\""},
    {":version", -4, 4, 0x0a325b1b, "!", 0, "magic", "found \"\\x1b[2\\x0a\""},
    {":version", 0, 4, 0, NULL, 0, "version", "found 0"},
    {":version", 0, 4, 1, NULL, 0, "version", "expected 2 or 3, found 1"},
    {":version", 0, 4, 4, NULL, 0, "version", "found 4"},
    {":version", 0, 4, 0x03000000, NULL, 0, "version", "big-endian"},
    {":version", 0, 4, 0xffffffff, NULL, 0, "version", "found 4294967295"},
    {":n_tensors", 0, 8, UINT64_MAX, NULL, 0, "n_tensors", "18446744073709551615 records"},
    {":n_tensors", 0, 8, (uint64_t)1 << 63, NULL, 0, "n_tensors", "records"},
    {":n_tensors", 0, 8, (uint64_t)1 << 32, NULL, 0, "n_tensors", "4294967296 records"},
    {":n_tensors", 0, 8, 1000000, NULL, 0, "n_tensors", "1000000 records"},
    {":n_tensors", 0, 8, 5, ":pad", 0, "tensor 4", "its name"},
    {":n_kv", 0, 8, UINT64_MAX, NULL, 0, "n_kv", "18446744073709551615 records"},
    {":n_kv", 0, 8, (uint64_t)1 << 60, NULL, 0, "n_kv", "records"},
    {":n_kv", 0, 8, (uint64_t)1 << 32, NULL, 0, "n_kv", "records"},
    {":n_kv", 0, 8, 1000000, NULL, 0, "n_kv", "records"},
    {":n_kv", 0, 8, 0, "general.architecture:type", 0, "general.architecture", "dimensions, found 8"},
    {":n_kv", 0, 8, N_KV - 1, "a.nostr:type", 0, "a.nostr", "dimensions, found 9"},
    {":n_kv", 0, 8, N_KV + 1, "w.q8:dims", 2, "tensor 0", "its name has"}, /* the record of w.q8 passes for a key of type u16 */
    {"k.u8:len", 0, 8, 0, NULL, 0, "key 2", "empty"},
    {"k.u8:len", 0, 8, 65536, NULL, 0, "key 2", "65536 bytes, at most 65535"},
    {"k.u8:len", 0, 8, 60000, NULL, 8, "key 2", "60000 bytes expected"},
    {"k.u8:len", 0, 8, UINT64_MAX, NULL, 0, "key 2", "18446744073709551615 bytes"},
    {"k.u8:len", 0, 8, (uint64_t)1 << 32 | 4, NULL, 0, "key 2", "4294967300 bytes"},
    {"k.u8:len", 9, 1, 0, NULL, 0, "key 2", "NUL"},
    {"k.u8:len", 8, 4, 0x6e0a1b25, NULL, 0, "%\\x1b\\x0an", "twice"}, /* and k.i8 too: see patch_file */
    {"k.u8:len", 10, 1, 'i', "k.i8:len", 0, "k.i8", "twice"},
    {"k.f64:len", 10, 3, 0x323366, NULL, 0, "k.f32", "twice"},
    {"k.u8:type", 0, 4, 13, NULL, 0, "k.u8", "value type 13 is unknown"},
    {"k.u8:type", 0, 4, 255, NULL, 0, "k.u8", "value type 255 is unknown"},
    {"k.u8:type", 0, 4, 0xffffffff, NULL, 0, "k.u8", "value type 4294967295 is unknown"},
    {"k.bytes:value", 0, 8, UINT64_MAX, NULL, 8, "k.bytes", "18446744073709551615 bytes expected"},
    {"k.bytes:value", 0, 8, UINT64_MAX - 7, NULL, 8, "k.bytes", "bytes expected"},
    {"k.bytes:value", 0, 8, (uint64_t)1 << 31, NULL, 8, "k.bytes", "2147483648 bytes expected"},
    {"k.bytes:value", 0, 8, (uint64_t)1 << 32 | 6, NULL, 8, "k.bytes", "4294967302 bytes expected"},
    {"k.bytes:value", 0, 8, 70000, NULL, 8, "k.bytes", "70000 bytes expected"},
    {"k.yes:value", 0, 1, 2, NULL, 0, "k.yes", "0 or 1, found 2"},
    {"a.bool:data", 2, 1, 255, NULL, 2, "a.bool", "0 or 1, found 255"},
    {"a.u32:value", 0, 4, GGUF_ARR, NULL, 0, "a.u32", "array of arrays"},
    {"a.u32:value", 0, 4, 13, NULL, 0, "a.u32", "element type 13 is unknown"},
    {"a.u32:value", 0, 4, 0xffffffff, NULL, 0, "a.u32", "element type 4294967295 is unknown"},
    {"a.u8:count", 0, 8, UINT64_MAX, NULL, 0, "a.u8", "18446744073709551615 elements of at least 1 bytes"},
    {"a.u8:count", 0, 8, 10000000, NULL, 0, "a.u8", "10000000 elements"},
    {"a.u16:count", 0, 8, (uint64_t)1 << 63, NULL, 0, "a.u16", "elements of at least 2 bytes"},
    {"a.u32:count", 0, 8, (uint64_t)1 << 62, NULL, 0, "a.u32", "elements of at least 4 bytes"},
    {"a.u64:count", 0, 8, (uint64_t)1 << 61, NULL, 0, "a.u64", "elements of at least 8 bytes"},
    {"a.u64:count", 0, 8, ((uint64_t)1 << 61) + 2, NULL, 0, "a.u64", "elements of at least 8 bytes"},
    {"a.u64:count", 0, 8, ((uint64_t)1 << 32) + 2, NULL, 0, "a.u64", "elements of at least 8 bytes"},
    {"a.str:count", 0, 8, UINT64_MAX, NULL, 0, "a.str", "elements of at least 8 bytes"},
    {"a.str:count", 0, 8, (uint64_t)1 << 61, NULL, 0, "a.str", "elements of at least 8 bytes"},
    {"a.str:third", 0, 8, UINT64_MAX, NULL, 8, "a.str", "string 2 of 3: 18446744073709551615 bytes expected"},
    {"a.str:third", 0, 8, 100000, NULL, 8, "a.str", "string 2 of 3: 100000 bytes expected"},
    {"a.str:third", 0, 8, (uint64_t)1 << 32 | 5, NULL, 8, "a.str", "string 2 of 3: 4294967301 bytes expected"},
    {"general.alignment:value", 0, 4, 0, NULL, 0, "general.alignment", "power of two from 8 to 65536, found 0"},
    {"general.alignment:value", 0, 4, 3, NULL, 0, "general.alignment", "found 3"},
    {"general.alignment:value", 0, 4, 4, NULL, 0, "general.alignment", "found 4"},
    {"general.alignment:value", 0, 4, 24, NULL, 0, "general.alignment", "found 24"},
    {"general.alignment:value", 0, 4, 0x80000000, NULL, 0, "general.alignment", "found 2147483648"},
    {"general.alignment:value", 0, 4, 0xffffffff, NULL, 0, "general.alignment", "found 4294967295"},
    {"general.alignment:type", 0, 4, GGUF_I32, "general.alignment:value", 0, "general.alignment", "expected u32, found i32"},
    {"general.alignment:type", 0, 4, GGUF_F32, "general.alignment:value", 0, "general.alignment", "expected u32, found f32"},
    {"general.alignment:value", 0, 4, 64, "w.f32:offset", 0, "w.f32", "offset 224 is not a multiple of the alignment, 64"},
    {"w.q8:len", 0, 8, 0, NULL, 0, "tensor 0", "empty"},
    {"w.q8:len", 0, 8, 65, NULL, 0, "tensor 0", "65 bytes, at most 64"},
    {NAME64 ":len", 0, 8, 65, NULL, 0, "tensor 1", "65 bytes, at most 64"},
    {"w.q8:len", 0, 8, UINT64_MAX, NULL, 0, "tensor 0", "at most 64"},
    {"w.q8:len", 0, 8, (uint64_t)1 << 32 | 4, NULL, 0, "tensor 0", "at most 64"},
    {"w.q8:len", 11, 1, 0, NULL, 0, "tensor 0", "NUL"},
    {"w.q4k:len", 10, 3, 0x323366, NULL, 0, "w.f32", "twice"},
    {"w.q8:n_dims", 0, 4, 0, NULL, 0, "w.q8", "1 to 4 dimensions, found 0"},
    {"w.q8:n_dims", 0, 4, 5, NULL, 0, "w.q8", "found 5"},
    {"w.q8:n_dims", 0, 4, 0x80000000, NULL, 0, "w.q8", "found 2147483648"},
    {"w.q8:n_dims", 0, 4, 0xffffffff, NULL, 0, "w.q8", "found 4294967295"},
    {"w.q8:dims", 0, 8, 0, NULL, 0, "w.q8", "dimension 0: expected 1 to 2^63 - 1, found 0"},
    {"w.q8:dims", 8, 8, 0, NULL, 8, "w.q8", "dimension 1: expected 1 to 2^63 - 1, found 0"},
    {"w.q8:dims", 8, 8, UINT64_MAX, NULL, 8, "w.q8", "dimension 1"},
    {"w.q8:dims", 8, 8, (uint64_t)1 << 63, NULL, 8, "w.q8", "dimension 1"},
    {"w.q8:dims", 8, 8, (uint64_t)1 << 62, NULL, 0, "w.q8", "more than can be addressed"},
    {NAME64 ":dims", 0, 8, (uint64_t)1 << 62, NULL, 0, NAME64, "more than can be addressed"},
    {NAME64 ":dims", 8, 8, (uint64_t)1 << 62, NULL, 0, NAME64, "more than can be addressed"},
    {"w.q8:dims", 0, 8, 48, NULL, 0, "w.q8", "rows of 48 values are not made of Q8_0 blocks of 32"},
    {"w.q4k:dims", 0, 8, 128, NULL, 0, "w.q4k", "blocks of 256"},
    {"w.q8:dims", 8, 8, 4, "w.f32:offset", 0, "w.f32", "overlap those of w.q8"},
    {"w.q4k:dims", 8, 8, 3, "w.q4k:offset", 0, "w.q4k", "432 bytes at offset 320"},
    {"w.q8:type", 0, 4, 4, NULL, 0, "w.q8", "tensor type 4 is unknown"},
    {"w.q8:type", 0, 4, 31, NULL, 0, "w.q8", "tensor type 31 is unknown"},
    {"w.q8:type", 0, 4, 0x7fffffff, NULL, 0, "w.q8", "tensor type 2147483647 is unknown"},
    {"w.q8:type", 0, 4, 0xffffffff, NULL, 0, "w.q8", "tensor type 4294967295 is unknown"},
    {"w.q8:type", 0, 4, QT_F16, "w.f32:offset", 0, "w.f32", "overlap those of w.q8"},
    {"w.q4k:offset", 0, 8, 1, NULL, 0, "w.q4k", "offset 1 is not a multiple"},
    {"w.q4k:offset", 0, 8, 336, NULL, 0, "w.q4k", "offset 336 is not a multiple"},
    {"w.q4k:offset", 0, 8, UINT64_MAX, NULL, 0, "w.q4k", "is not a multiple"},
    {"w.q4k:offset", 0, 8, UINT64_MAX - 31, NULL, 0, "w.q4k", "end outside the file"},
    {"w.q4k:offset", 0, 8, (uint64_t)1 << 63, NULL, 0, "w.q4k", "end outside the file"},
    {"w.q4k:offset", 0, 8, (uint64_t)1 << 32, NULL, 0, "w.q4k", "end outside the file"},
    {"w.q4k:offset", 0, 8, 352, NULL, 0, "w.q4k", "end outside the file"},
    {"w.q4k:offset", 0, 8, 0, NULL, 0, "w.q4k", "overlap those of w.q8"},
    {"w.q4k:offset", 0, 8, 288, NULL, 0, "w.q4k", "overlap those of " NAME64},
    {"w.f32:offset", 0, 8, 192, NULL, 0, "w.f32", "overlap those of w.q8"},
};

/* Applies a patch; returns where the fault must be found. */
static size_t patch_file(struct file *f, const struct patch *p) {
    memcpy(f->bytes + at(f, p->mark) + p->skip, &p->value, (size_t)p->width);
    if (strstr(p->field, "\\x1b")) { /* a second key of the same hostile name */
        memcpy(f->bytes + at(f, "k.i8:len") + 8, &p->value, 4);
        return at(f, "k.i8:len");
    }
    if (p->where && strcmp(p->where, "!") == 0)
        return 0;
    return at(f, p->where ? p->where : p->mark) + (size_t)p->where_skip;
}

static void check_patches(void) {
    for (size_t i = 0; i < sizeof patches / sizeof patches[0]; i++) {
        struct file f = {0};
        put_good(&f);
        size_t where = patch_file(&f, &patches[i]);
        int before = n_failed;
        refused(&f, f.n, where, patches[i].field, patches[i].reason, __LINE__);
        if (n_failed > before)
            printf("  patch %zu: %s + %d\n", i, patches[i].mark, patches[i].skip);
        file_free(&f);
    }
}

/* ---- damage ---- */

static void check_truncations(void) {
    struct file f = {0};
    put_good(&f);
    int wrong = 0;
    for (size_t n = 0; n < f.n; n++) {
        struct gguf g;
        struct err e = {0};
        void *copy;
        int rc = open_copy(&g, f.bytes, n, &copy, &e);
        if (rc != -1 || e.code != ERR_MODEL || strncmp(e.text, "test.gguf: byte ", 16) != 0) {
            printf("  cut at %zu: %s\n", n, rc ? e.text : "accepted");
            wrong++;
        }
        gguf_close(&g);
        free(copy);
    }
    CHECK(wrong == 0);
    refused(&f, 0, 0, "magic", "4 bytes expected, the file has 0 left", __LINE__);
    refused(&f, at(&f, ":version") + 3, 4, "version", "4 bytes expected, the file has 3 left", __LINE__);
    refused(&f, f.n - 1, at(&f, "w.q4k:offset"), "w.q4k", "end outside the file", __LINE__);
    file_free(&f);
}

static uint64_t random_u64(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* One to four fields, bytes or bits of the directory changed; what opens all the same must be sound, what does not must say so in one line. */
static void check_damage(uint64_t seed, int rounds) {
    static const uint64_t odd[] = {0, 1, 7, 8, 9, 31, 32, 64, 255, 65535, 0x7fffffff, 0x80000000, 0xffffffff, (uint64_t)1 << 32,
                                   (uint64_t)1 << 61, INT64_MAX, (uint64_t)1 << 63, UINT64_MAX - 7, UINT64_MAX};
    struct file f = {0};
    put_good(&f);
    size_t directory = at(&f, ":data");
    uint8_t *sound = malloc(f.n);
    if (!sound)
        exit(1);
    memcpy(sound, f.bytes, f.n);
    int opened = 0, wrong = 0;
    for (int round = 0; round < rounds; round++) {
        uint64_t state = seed * 1000003u + (uint64_t)round;
        memcpy(f.bytes, sound, f.n);
        for (uint64_t k = 1 + random_u64(&state) % 4; k > 0; k--) {
            uint64_t r = random_u64(&state), v = odd[random_u64(&state) % (sizeof odd / sizeof odd[0])];
            size_t where = random_u64(&state) % directory;
            if (r % 4 == 0)
                f.bytes[where] ^= (uint8_t)(1u << (r >> 8) % 8);
            else if (r % 4 == 1)
                f.bytes[where] = (uint8_t)(r >> 8);
            else
                memcpy(f.bytes + f.mark[(r >> 8) % (unsigned)f.n_marks].at, &v, r % 4 == 2 ? 4 : 8);
        }
        struct gguf g;
        struct err e = {0};
        void *copy;
        int ok;
        if (open_copy(&g, f.bytes, f.n, &copy, &e) == 0)
            opened++, ok = is_sound(&g);
        else
            ok = e.code == ERR_MODEL && strncmp(e.text, "test.gguf: byte ", 16) == 0 && !strpbrk(e.text, "\n\033");
        if (!ok) {
            printf("  round %d: run %s %" PRIu64 " %d\n  %s\n", round, program, seed, round + 1, e.text);
            wrong++;
        }
        gguf_close(&g);
        free(copy);
    }
    CHECK(wrong == 0);
    CHECK(opened < rounds && (rounds < 1000 || opened > 0)); /* otherwise the damage is too small or too large to tell anything */
    free(sound);
    file_free(&f);
}

/* Arrays in arrays are refused at the first, however deep they go; an element count too large for the file costs no work either. */
static void check_bombs(void) {
    struct file f = {0};
    put_header(&f, 0, 1);
    put_array(&f, "deep", GGUF_ARR, 1);
    for (int i = 0; i < 100000; i++) {
        put_u32(&f, GGUF_ARR);
        put_u64(&f, 1);
    }
    refused(&f, f.n, at(&f, "deep:value"), "deep", "array of arrays", __LINE__);
    file_free(&f);
    put_header(&f, 0, 1);
    put_array(&f, "wide", 99, (uint64_t)1 << 60);
    refused(&f, f.n, at(&f, "wide:value"), "wide", "element type 99 is unknown", __LINE__);
    file_free(&f);
}

/* The path goes into every message: it must be no way to a terminal or into a format. */
static void check_paths(void) {
    struct gguf g;
    struct err e = {0};
    CHECK(gguf_open(&g, "a\033[2J%n%s\n", "FUGG", 4, &e) == -1);
    CHECK(strncmp(e.text, "a\\x1b[2J%n%s\\x0a: byte 0: magic: ", 32) == 0);
    char longer[4000];
    memset(longer, 'p', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    CHECK(gguf_open(&g, longer, "FUGG", 4, &e) == -1 && strstr(e.text, "...: byte 0: magic: expected GGUF"));
    CHECK(gguf_open(&g, "x", "FUGG", 4, NULL) == -1);
}

int main(int argc, char **argv) {
    program = argv[0];
    check_patches();
    check_truncations();
    check_damage(argc > 1 ? strtoull(argv[1], NULL, 10) : 1, argc > 2 ? atoi(argv[2]) : 5000);
    check_bombs();
    check_paths();
    printf("check_gguf_bad: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed != 0;
}
