/* One check of an instance, under way. In: rules and values. Out: verdicts. For the files of the validator only.
 * Verdicts are 1: valid, 0: not, and *why says so unless QUIET; -1: cannot be told, and *why says that.
 */
#ifndef JSON_VALID_CHECK_H
#define JSON_VALID_CHECK_H

#include "json/valid_rules.h"

#define CHECK_STEPS 2000000 /* rules applied to values, and comparisons: some tenths of a second */
#define CHECK_DEPTH 2048    /* schemas in schemas: less than 512 KB of stack */
#define CHECK_MEMO 1024

struct check {
    const struct valid *v;
    const struct json_value *root; /* of the instance */
    struct err *why;               /* may be NULL */
    int quiet;                     /* over 0: a failure here need not be one of the whole */
    int depth;
    int has_twins;                 /* somewhere members of one object are named alike */
    uint64_t steps;
    int remembers;                 /* the memo is in use: emptying it takes longer than most checks */
    struct {                       /* what a $ref led to, where nobody asks what it evaluated */
        const struct json_value *schema, *instance;
        int verdict;
    } memo[CHECK_MEMO];
};

/* SEEN [instance->n] where somebody asks: becomes 1 for the elements or members that SCHEMA looked at. Else NULL. */
int check_schema(struct check *c, const struct json_value *schema, const struct json_value *instance, unsigned char *seen);
/* The same where it may fail and the whole still be valid: then SEEN stays as it was. Call it with c->quiet raised. */
int check_try(struct check *c, const struct json_value *schema, const struct json_value *instance, unsigned char *seen);

int check_scalar(struct check *c, const struct rule *rule, const struct json_value *instance);
int check_array(struct check *c, const struct rules *r, const struct rule *rule, const struct json_value *instance, unsigned char *seen);
int check_object(struct check *c, const struct rules *r, const struct rule *rule, const struct json_value *instance, unsigned char *seen);

/* Sets *why: "POINTER: keyword: reason". Returns 0. */
int check_fail(struct check *c, const char *keyword, const struct json_value *instance, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Counts N steps. 0, or -1 where there were too many. */
int check_steps(struct check *c, uint64_t n);

/* The last member named like KEY: its value, or NULL. */
const struct json_value *member_find(const struct json_value *object, const struct json_value *key);
/* Of the members of OBJECT named like KEY, one of them, it is the last. */
int member_counts(const struct json_value *object, const struct json_value *key);

/* No two elements are equal: 1, 0, or -1: out of memory. */
int valid_all_differ(const struct json_value *array);

#endif
