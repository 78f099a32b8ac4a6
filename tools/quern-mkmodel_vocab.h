/* A small byte-level BPE vocabulary made on the spot, in the form of Qwen2's: 256 bytes, some common English words and endings, the
 * control tokens of ChatML, two user-defined ones. Out: tokens and merges. Knows no files.
 */
#ifndef TOOLS_MKVOCAB_H
#define TOOLS_MKVOCAB_H

#include <stdint.h>

#define MKVOCAB_MAX 640
#define MKVOCAB_TEXT 32

struct mkvocab {
    int n, n_merges;
    char token[MKVOCAB_MAX][MKVOCAB_TEXT];      /* in the byte alphabet of GPT-2, as UTF-8 */
    int32_t type[MKVOCAB_MAX];
    char merge[MKVOCAB_MAX][2 * MKVOCAB_TEXT];  /* "left right", best first */
    uint32_t endoftext, im_end;                 /* ids */
};
void mkvocab_make(struct mkvocab *v);

extern const char mkvocab_template[]; /* ChatML in Jinja */

#endif
