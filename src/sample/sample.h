/* Logits to one token: penalties, bias, temperature, top-k, top-p, min-p, a named generator (xoshiro256++ seeded by splitmix64).
 * Same bytes in, same token out, on every machine: no libm, no float reduction whose order depends on the CPU. */
#ifndef SAMPLE_SAMPLE_H
#define SAMPLE_SAMPLE_H

#include "base/err.h"
#include "quern.h"

struct sampler;
/* ENDS [n_ends] are the end-of-generation tokens (for ignore_eos); n_ctx bounds the window of recent tokens. */
int sampler_open(struct sampler **s, const struct quern_sampling *p, int n_vocab, int n_ctx, const int32_t *ends, int n_ends, struct err *e);
void sampler_close(struct sampler *s);
void sampler_saw(struct sampler *s, const int32_t *tokens, size_t n);
void sampler_wants(struct sampler *s, struct quern_wanted *out); /* see quern_sampler_wants */
int sampler_pick(struct sampler *s, float *logits, int32_t *id, struct err *e);

/* The same in steps, for those who let only some tokens be picked: bias, penalties, then one of the tokens whose logits are finite. */
void sampler_bias(struct sampler *s, float *logits); /* but for tokens that are forbidden: the last step leaves them out */
void sampler_penalise(struct sampler *s, float *logits, const uint32_t *only); /* tokens whose bits are set; NULL: all */
int sampler_is_greedy(const struct sampler *s);
int32_t sampler_best(struct sampler *s, float *logits); /* what a greedy choice of all would be; -1: none. Nothing is remembered */
/* Picks and remembers. What the settings forbid is picked all the same where nothing else is left, if MUST. */
int sampler_choose(struct sampler *s, float *logits, int must, int32_t *id, struct err *e);

#endif
