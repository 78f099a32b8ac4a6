/* libFuzzer target: any bytes as a JSON text. What is read is written again, and that reads as the same value.
 */
#include <stdlib.h>
#include "json/valid.h"
#include "json/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct json j, again;
    struct err e;
    struct text_out out = {0};
    if (json_open(&j, "text", ERR_RUNTIME, (const char *)data, n, &e))
        return 0;
    text_value(&out, j.root);
    if (json_open(&again, "written", ERR_RUNTIME, out.s, out.n, &e) || !valid_equal(j.root, again.root))
        abort();
    json_close(&again);
    json_close(&j);
    text_free(&out);
    return 0;
}
