/* The table of mixes and the rules by layer and by shape. Knows no weights and no files. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <strings.h>
#include "quant/mix.h"
#include "quant/quant.h"

/* Which layers a mix sets apart. */
enum which { NONE, ALL, FIRST_2, FIRST_4, FIRST_8TH, FIRST_16TH, MORE_BITS, SHARED_KV };

struct choice {
    enum which which;
    uint32_t type, other; /* for these layers; for all others. other 0: the mix's base */
};
struct mix {
    const char *name;
    uint32_t file_type, base;
    uint32_t output; /* of the output matrix; 0: the rule in mix_type */
    struct choice attn_v, attn_output, ffn_down;
};

static const struct mix mixes[] = {
    {.name = "f32", .file_type = 0, .base = QT_F32},
    {.name = "f16", .file_type = 1, .base = QT_F16},
    {.name = "bf16", .file_type = 32, .base = QT_BF16},
    {.name = "q8_0", .file_type = 7, .base = QT_Q8_0},
    {.name = "q6_k", .file_type = 18, .base = QT_Q6_K},
    {.name = "q5_k_m", .file_type = 17, .base = QT_Q5_K, .attn_v = {MORE_BITS, QT_Q6_K, 0}, .ffn_down = {MORE_BITS, QT_Q6_K, 0}},
    {.name = "q5_k_s", .file_type = 16, .base = QT_Q5_K},
    {.name = "q5_0", .file_type = 8, .base = QT_Q5_0},
    {.name = "q5_1", .file_type = 9, .base = QT_Q5_1},
    {.name = "q4_k_m", .file_type = 15, .base = QT_Q4_K, .attn_v = {MORE_BITS, QT_Q6_K, 0}, .ffn_down = {MORE_BITS, QT_Q6_K, 0}},
    {.name = "q4_k_s", .file_type = 14, .base = QT_Q4_K, .attn_v = {FIRST_4, QT_Q5_K, 0}, .ffn_down = {FIRST_8TH, QT_Q5_K, 0}},
    {.name = "q4_0", .file_type = 2, .base = QT_Q4_0},
    {.name = "q4_1", .file_type = 3, .base = QT_Q4_1},
    {.name = "q3_k_l", .file_type = 13, .base = QT_Q3_K, .attn_v = {ALL, QT_Q5_K, 0}, .attn_output = {ALL, QT_Q5_K, 0},
     .ffn_down = {ALL, QT_Q5_K, 0}},
    {.name = "q3_k_m", .file_type = 12, .base = QT_Q3_K, .attn_v = {FIRST_2, QT_Q5_K, QT_Q4_K}, .attn_output = {ALL, QT_Q4_K, 0},
     .ffn_down = {FIRST_16TH, QT_Q5_K, QT_Q4_K}},
    {.name = "q3_k_s", .file_type = 11, .base = QT_Q3_K},
    {.name = "q2_k", .file_type = 10, .base = QT_Q2_K, .attn_v = {SHARED_KV, QT_Q4_K, QT_Q3_K}, .attn_output = {ALL, QT_Q3_K, 0},
     .ffn_down = {ALL, QT_Q3_K, 0}},
    {.name = "iq4_nl", .file_type = 25, .base = QT_IQ4_NL, .attn_v = {SHARED_KV, QT_Q5_K, 0}, .ffn_down = {FIRST_8TH, QT_Q5_K, 0}},
    {.name = "iq4_xs", .file_type = 30, .base = QT_IQ4_XS, .attn_v = {SHARED_KV, QT_Q5_K, 0}, .ffn_down = {FIRST_8TH, QT_Q5_K, 0}},
    /* A Zero 2 W leaves a program some 400 MB of its 512. 4.5 bits for the output matrix too; what then is still over 280 MB is taken
     * from every other ffn_down, the one matrix of the 0.5B whose rows have K types; the values' rows are few and get 8 bits. */
    {.name = "zero2w", .file_type = 25, .base = QT_IQ4_NL, .output = QT_IQ4_NL, .attn_v = {ALL, QT_Q8_0, 0},
     .ffn_down = {MORE_BITS, QT_Q4_K, QT_Q3_K}},
};
#define N_MIXES ((int)(sizeof mixes / sizeof *mixes))

const struct mix *mix_find(const char *name) {
    for (int i = 0; i < N_MIXES; i++) {
        if (strcasecmp(mixes[i].name, name) == 0)
            return &mixes[i];
    }
    return NULL;
}

const char *mix_name(int i) {
    return i < N_MIXES ? mixes[i].name : NULL;
}

uint32_t mix_file_type(const struct mix *m) {
    return m->file_type;
}

static int applies(enum which which, const struct mix_model *m, int layer) {
    int n = m->n_layers;
    switch (which) {
    case NONE: return 0;
    case ALL: return 1;
    case FIRST_2: return layer < 2;
    case FIRST_4: return layer < 4;
    case FIRST_8TH: return layer < n / 8;
    case FIRST_16TH: return layer < n / 16;
    case MORE_BITS: return layer < n / 8 || layer >= 7 * n / 8 || (layer - n / 8) % 3 == 2; /* both ends, and every third between */
    case SHARED_KV: return m->n_heads / m->n_kv_heads >= 4; /* few, much used rows: their bits cost little */
    }
    return 0;
}

uint32_t mix_fallback(uint32_t type, size_t cols) {
    if (cols % qtype_info(type)->block == 0)
        return type;
    switch (type) {
    case QT_Q2_K:
    case QT_Q3_K: type = QT_Q4_0; break;
    case QT_Q4_K: type = QT_Q5_0; break;
    case QT_Q5_K: type = QT_Q5_1; break;
    case QT_Q6_K: type = QT_Q8_0; break;
    case QT_IQ4_XS: type = QT_IQ4_NL; break;
    }
    return cols % qtype_info(type)->block == 0 ? type : QT_F16;
}

uint32_t mix_type(const struct mix *m, const struct mix_model *model, const char *name, int layer, size_t cols) {
    size_t n = strlen(name);
    if (strstr(name, "_norm.") || n < 7 || strcmp(name + n - 7, ".weight") != 0)
        return QT_F32;
    if (qtype_is_float(m->base))
        return m->base;
    if (strcmp(name, "output.weight") == 0 || (model->tied && strcmp(name, "token_embd.weight") == 0)) {
        if (m->output)
            return mix_fallback(m->output, cols);
        int whole = cols % qtype_info(m->base)->block == 0;
        return mix_fallback(whole && m->base != QT_Q8_0 ? QT_Q6_K : QT_Q8_0, cols);
    }
    struct choice c = {NONE, 0, 0};
    if (strcmp(name, "attn_v.weight") == 0)
        c = m->attn_v;
    else if (strcmp(name, "attn_output.weight") == 0)
        c = m->attn_output;
    else if (strcmp(name, "ffn_down.weight") == 0)
        c = m->ffn_down;
    uint32_t type = applies(c.which, model, layer) ? c.type : c.other;
    return mix_fallback(type ? type : m->base, cols);
}
