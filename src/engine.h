/* What the engine's files share: the open model, the session. load.c: file to model; engine.c: text, sessions, sampling; schema.c: JSON
 * schemas; constraint.c: answers held to them; cache.c: a session in a file; info.c: a file, listed; measure.c: figures to hold a
 * measurement against. */
#ifndef ENGINE_H
#define ENGINE_H

#include "base/arena.h"
#include "base/os.h"
#include "base/pool.h"
#include "gguf/gguf.h"
#include "json/order.h"
#include "json/schema.h"
#include "json/write.h"
#include "kernels/kernels.h"
#include "model/forward.h"
#include "model/kv.h"
#include "model/weights.h"
#include "quern.h"
#include "sample/sample.h"
#include "text/chat.h"
#include "text/tok.h"

struct quern_model {
    struct os_map map;
    struct gguf g;
    struct kernels kernels;
    struct model weights;               /* where has_weights */
    int has_weights;
    int n_tokens;                       /* of the vocabulary; at most the rows of the output matrix */
    struct tok *tok;
    struct order *order;                /* of the tokens: made by the first constraint, for all of them */
    const struct chat_template *chat;
    int known_template;
    struct quern_sampling sampling;     /* the defaults for this file */
    int has_sampling;
    const char *name;
    struct arena mem;
};

struct quern_session {
    const struct quern_model *m;
    struct pool *pool;
    struct kv kv;
    struct forward f;
    int n_ctx, n_past;
    struct ahead {
        int32_t id[QUERN_AHEAD];
        int n;
    } expected, computed;               /* behind the next call's tokens; behind n_past, in the cache already */
};

struct quern_sampler {
    struct sampler *s;
};

struct quern_schema {
    struct schema s;
    struct text_out text, shape;
    char notes[512];
};

int engine_kernels(struct kernels *k, struct err *e); /* as far up the ladder as the CPU, and QUERN_CPU, let */
int engine_n_vocab(const struct quern_model *m); /* logits in a row */

#endif
