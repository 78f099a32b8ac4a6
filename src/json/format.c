/* Formats as patterns. In: the name of one. Out: an ECMAScript pattern. What is generated is what its RFC's grammar gives, less what one
 * of the two validators people use refuses: python-jsonschema (year 0000; leap seconds; "100" before a relative pointer) or ajv (mail to
 * a domain of one label, quoted or literal parts; a URI with nothing behind its scheme; apostrophes and dotted names in a template); and
 * no host name has "--" in the third and fourth place of a label: that is punycode, which no pattern checks. Most of this is valid
 * nevertheless. A leap second is in UTC only.
 */
#include "json/format.h"

#include <stdint.h>
#include <string.h>

/* ---- time ---- */

#define D "[0-9]"
#define YEAR "(?:[1-9]" D "{3}|0[1-9]" D "{2}|00[1-9]" D "|000[1-9])"
#define BY_FOUR "(?:0[48]|[2468][048]|[13579][26])" /* 04 to 96 */
#define DATE \
    "(?:" YEAR "-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]" D "|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]" D "|30)|02-(?:0[1-9]|1" D "|2[0-8]))" \
    "|(?:" D "{2}" BY_FOUR "|" BY_FOUR "00)-02-29)"
#define HOUR "(?:[01]" D "|2[0-3])"
#define SIXTY "[0-5]" D
#define FRACTION "(?:\\." D "+)?"
#define TIME HOUR ":" SIXTY ":" SIXTY FRACTION "(?:[Zz]|[+-]" HOUR ":" SIXTY ")"
#define LEAP_TIME "(?:" TIME "|23:59:60" FRACTION "(?:[Zz]|[+-]00:00))"
#define CLOCK "T(?:" D "+H(?:" D "+M(?:" D "+S)?)?|" D "+M(?:" D "+S)?|" D "+S)"
#define DURATION \
    "P(?:(?:" D "+Y(?:" D "+M(?:" D "+D)?)?|" D "+M(?:" D "+D)?|" D "+D)(?:" CLOCK ")?|" CLOCK "|" D "+W)"

/* ---- names and numbers of hosts ---- */

#define HEX "[0-9A-Fa-f]"
#define LETTER "[0-9A-Za-z]"
#define INNER "[0-9A-Za-z-]"
#define LABEL /* at most 63 */ \
    "(?:" LETTER "(?:" INNER "{0,2}" LETTER "|" INNER "(?:" LETTER INNER "|-" LETTER ")" INNER "{0,58}" LETTER ")?)"
#define ANY_LABEL LETTER "(?:" INNER "{0,61}" LETTER ")?"
#define BYTE "(?:25[0-5]|2[0-4]" D "|1" D D "|[1-9]?" D ")"
#define IPV4 "(?:" BYTE "\\.){3}" BYTE
#define H16 HEX "{1,4}"
#define LS32 "(?:" H16 ":" H16 "|" IPV4 ")"
#define BEFORE(n) "(?:(?:" H16 ":){0," n "}" H16 ")?::" /* at most n + 1 groups, then "::" */
#define IPV6 \
    "(?:(?:" H16 ":){6}" LS32 "|::(?:" H16 ":){5}" LS32 "|(?:" H16 ")?::(?:" H16 ":){4}" LS32 "|" BEFORE("1") "(?:" H16 ":){3}" LS32 \
    "|" BEFORE("2") "(?:" H16 ":){2}" LS32 "|" BEFORE("3") H16 ":" LS32 "|" BEFORE("4") LS32 "|" BEFORE("5") H16 "|" BEFORE("6") ")"

/* ---- mail ---- */

#define ATEXT "0-9A-Za-z!#$%&'*+/=?^_`{|}~-"
#define ATOMS(more) "[" more ATEXT "]+(?:\\.[" more ATEXT "]+)*"
#define DOMAIN_LABEL(more) "[" more "0-9A-Za-z](?:[" more "0-9A-Za-z-]*[" more "0-9A-Za-z])?"
#define DOMAIN_NAME(more) "(?:" DOMAIN_LABEL(more) "\\.)+" DOMAIN_LABEL(more)
#define WIDE "\\x80-\\u{10FFFF}"
#define QUOTED(more) "\"(?:[ !#-\\[\\]-~" more "]|\\\\[ -~])*\""
#define ANY_DOMAIN "(?:(?:" DOMAIN_LABEL("") "\\.)*" DOMAIN_LABEL("") "|\\[(?:" IPV4 "|IPv6:" IPV6 ")\\])"

/* ---- resources ---- */

/* The characters themselves: spelt as escapes in the pattern they would take four times the room. */
#define UCS \
    "\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF\U00010000-\U0001FFFD\U00020000-\U0002FFFD" \
    "\U00030000-\U0003FFFD\U00040000-\U0004FFFD\U00050000-\U0005FFFD\U00060000-\U0006FFFD\U00070000-\U0007FFFD" \
    "\U00080000-\U0008FFFD\U00090000-\U0009FFFD\U000A0000-\U000AFFFD\U000B0000-\U000BFFFD\U000C0000-\U000CFFFD" \
    "\U000D0000-\U000DFFFD\U000E1000-\U000EFFFD"
#define PRIVATE "\uE000-\uF8FF\U000F0000-\U000FFFFD\U00100000-\U0010FFFD"
#define ESCAPE "%" HEX "{2}"
#define PLAIN "0-9A-Za-z._~!$&'()*+,;=\\-" /* unreserved and sub-delims */
#define CHAR(more) "(?:[" PLAIN more "]|" ESCAPE ")"
#define PCHAR(ucs) CHAR(":@" ucs)
#define HOST(ucs) "(?:\\[(?:" IPV6 "|[Vv]" HEX "+\\.[" PLAIN ":]+)\\]|" CHAR(ucs) "*)"
#define AUTHORITY(ucs) "(?:" CHAR(":" ucs) "*@)?" HOST(ucs) "(?::" D "*)?"
#define SEGMENTS(ucs) "(?:/" PCHAR(ucs) "*)*"
#define ABSOLUTE(ucs) "/(?:/" AUTHORITY(ucs) SEGMENTS(ucs) "|(?:" PCHAR(ucs) "+" SEGMENTS(ucs) ")?)"
#define TAIL(ucs, private) \
    "(?:\\?" CHAR(":@/?" ucs private) "*)?(?:#" CHAR(":@/?" ucs) "*)?"
#define SCHEME "[A-Za-z][0-9A-Za-z+.-]*:"
#define BEHIND_SCHEME(ucs) "(?:" ABSOLUTE(ucs) "|" PCHAR(ucs) "+" SEGMENTS(ucs) ")"
#define URI(ucs, private) SCHEME BEHIND_SCHEME(ucs) TAIL(ucs, private)
#define REFERENCE(ucs, private) \
    "(?:(?:" SCHEME ")?" ABSOLUTE(ucs) "|" SCHEME PCHAR(ucs) "+" SEGMENTS(ucs) "|" SCHEME "|" CHAR("@" ucs) "+" SEGMENTS(ucs) "|)" \
    TAIL(ucs, private)

#define NAME "(?:[0-9A-Za-z_]|" ESCAPE ")+"
#define DOTTED NAME "(?:\\." NAME ")*"
#define VARIABLE(name) name "(?::[1-9]" D "{0,3}|\\*)?"
#define TEMPLATE(more, name) \
    "(?:[!#$&(-;=?-\\[\\]_a-z~" more UCS PRIVATE "]|" ESCAPE "|\\{[+#./;?&]?" VARIABLE(name) "(?:," VARIABLE(name) ")*\\})*"

#define POINTER "(?:/(?:[^~/]|~[01])*)*"

static const struct format {
    const char *name, *pattern;
    const char *valid; /* NULL: the same */
} formats[] = {
    {"date", "^" DATE "$", NULL},
    {"date-time", "^" DATE "[Tt]" TIME "$", "^" DATE "[Tt]" LEAP_TIME "$"},
    {"duration", "^" DURATION "$", NULL},
    {"email", "^" ATOMS("") "@" DOMAIN_NAME("") "$", "^(?:" ATOMS("") "|" QUOTED("") ")@" ANY_DOMAIN "$"},
    {"hostname", "^" LABEL "(?:\\." LABEL ")*$", "^" ANY_LABEL "(?:\\." ANY_LABEL ")*$"},
    {"idn-email", "^(?:" ATOMS(WIDE) "|" QUOTED(WIDE) ")@" DOMAIN_NAME(WIDE) "$", NULL},
    {"ipv4", "^" IPV4 "$", NULL},
    {"ipv6", "^" IPV6 "$", NULL},
    {"iri", "^" URI(UCS, PRIVATE) "$", NULL},
    {"iri-reference", "^" REFERENCE(UCS, PRIVATE) "$", NULL},
    {"json-pointer", "^" POINTER "$", NULL},
    {"relative-json-pointer", "^(?:0|[1-9]+0?)(?:#|" POINTER ")$", "^(?:0|[1-9]" D "*)(?:#|" POINTER ")$"},
    {"time", "^" TIME "$", "^" LEAP_TIME "$"},
    {"uri", "^" URI("", "") "$", NULL},
    {"uri-reference", "^" REFERENCE("", "") "$", NULL},
    {"uri-template", "^" TEMPLATE("", NAME) "$", "^" TEMPLATE("'", DOTTED) "$"},
    {"uuid", "^" HEX "{8}-(?:" HEX "{4}-){3}" HEX "{12}$", NULL},
};

static const struct format *find(const char *name, size_t n, size_t *max) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strlen(formats[i].name) != n || memcmp(formats[i].name, name, n) != 0)
            continue;
        *max = strcmp(formats[i].name, "hostname") == 0 ? 253 : SIZE_MAX;
        return &formats[i];
    }
    return NULL;
}

const char *format_pattern(const char *name, size_t n, size_t *max) {
    const struct format *f = find(name, n, max);
    return f ? f->pattern : NULL;
}

const char *format_valid(const char *name, size_t n, size_t *max) {
    const struct format *f = find(name, n, max);
    return f && f->valid ? f->valid : f ? f->pattern : NULL;
}
