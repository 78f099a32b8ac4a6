/* Unicode normalisation form C of a text. In: any bytes; those that are no UTF-8 stay where and what they are. Out: bytes. */
#ifndef TEXT_NFC_H
#define TEXT_NFC_H

#include <stddef.h>
#include "base/err.h"

/* *OUT is NULL where TEXT is in form C already, as nearly always; else the result, *OUT_N bytes for the caller to free. */
int nfc_apply(const char *text, size_t n, char **out, size_t *out_n, struct err *e);

#endif
