#!/bin/sh
# Schemas that mean harm: each is compiled or refused with one line, in 16 MB, and nothing else happens. With a folder as an argument they
# are written there instead, a file each, to be timed.
# shellcheck disable=SC3045 # ulimit -v: not in POSIX, but in dash and busybox
. tests/shell.sh
n=0 in=$work/in

# The address space that a trivial schema takes, and 16 MB. Sanitizers take more than any limit here: then there is none.
limit=
for kb in $(seq 4000 2000 60000); do
    if (ulimit -v "$kb" && exec "$build/quern" schema expand -j '{"type":"integer"}') > "$work/out" 2>&1; then
        limit=$((kb + 16000))
        break
    fi
done

try() { # TEXT, or what is in $in: one schema
    n=$((n + 1))
    file=$work/$n.json
    if [ $# -gt 0 ]; then printf '%s' "$1" > "$file"; else cp "$in" "$file"; fi
    if [ -n "$folder" ]; then cp "$file" "$folder/$n.json"; return; fi
    (
        [ -z "$limit" ] || ulimit -v "$limit"
        exec "$build/quern" schema expand -j @"$file"
    ) > "$work/out" 2> "$work/err" < /dev/null
    status=$?
    lines=$(grep -c '^quern: ' "$work/err")
    case $status/$lines in 0/0 | 6/1) ok=0 ;; *) ok=1 ;; esac
    result $ok "schema $n: exit status $status, $lines line(s): $(head -c 300 "$file")"
}
repeat() { awk -v n="$1" -v s="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", s }'; } # N TEXT
nest() { # N BEFORE INSIDE AFTER: the inside, N deep
    repeat "$1" "$2" && printf '%s' "$3" && repeat "$1" "$4"
}
list() { awk -v n="$1" -v f="$2" 'BEGIN { for (i = 0; i < n; i++) printf (i ? "," : "") f, i, i + 1 }'; } # N FORMAT of %d and %d

folder=${1:-}
# depth
for d in 10 100 250 300 100000; do
    nest $d '{"type":"number","not":' '{}' '}' > "$in" && try
    nest $d '{"allOf":[' '{}' ']}' > "$in" && try
    nest $d '{"items":' '{"type":"integer"}' '}' > "$in" && try
done
nest 60 '{"type":"object","properties":{"a":' '{"type":"integer"}' '},"required":["a"]}' > "$in" && try
nest 12 '{"anyOf":[{"type":"string"},' '{"type":"null"}' ']}' > "$in" && try
nest 120 '{"oneOf":[{"minimum":3},' '{"type":"null"}' ']}' > "$in" && try
nest 100000 '[' '' '' > "$in" && try
nest 100000 '{"a":' '' '' > "$in" && try
# references
try '{"$ref":"#"}'
try '{"$ref":"#/a","a":{"$ref":"#/b"},"b":{"$ref":"#/a"}}'
try '{"allOf":[{"$ref":"#"}]}'
try '{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}'
try '{"type":"object","properties":{"a":{"$ref":"#"}}}'
try '{"anyOf":[{"$ref":"#"},{"type":"null"}]}'
try '{"$schema":"","not":{"$ref":"#"}}'
try '{"$schema":"","if":{"$ref":"#"},"then":false}'
try '{"$ref":"#/%2"}'
try '{"$ref":"http://[::1"}'
try '{"$id":"a","$ref":"a"}'
printf '{"$ref":"#/$defs/d0","$defs":{%s,"d40":{"type":"integer"}}}' "$(list 40 '"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"minimum":1}]}')" > "$in" && try
awk 'BEGIN { printf "{\"$ref\":\"#/$defs/d0\",\"$defs\":{"
    for (i = 0; i < 40; i++) printf "\"d%d\":{\"anyOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]},", i, i + 1, i + 1
    print "\"d40\":{\"type\":\"integer\"}}}" }' > "$in" && try
awk 'BEGIN { printf "{\"$ref\":\"#/$defs/d0\",\"$defs\":{"
    for (i = 0; i < 40; i++) printf "\"d%d\":{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d%d\"},\"b\":{\"$ref\":\"#/$defs/d%d\"}},\"required\":[\"a\",\"b\"]},", i, i + 1, i + 1
    print "\"d40\":{\"type\":\"integer\"}}}" }' > "$in" && try
awk 'BEGIN { printf "{\"$ref\":\"#/$defs/d0\",\"$defs\":{"
    for (i = 0; i < 3000; i++) printf "\"d%d\":{\"$ref\":\"#/$defs/d%d\"},", i, i + 1
    print "\"d3000\":{\"type\":\"integer\"}}}" }' > "$in" && try
# sizes
for k in minLength maxLength minItems maxItems minProperties maxProperties; do
    try "{\"\$schema\":\"\",\"$k\":1000000000}"
    try "{\"\$schema\":\"\",\"$k\":1e400}"
    try "{\"\$schema\":\"\",\"$k\":-1}"
done
try '{"type":"string","minLength":1000000000,"pattern":"a"}'
try '{"type":"string","minLength":1000,"pattern":"^[a-z]{0,500}x[a-z]*$"}'
try '{"type":"array","minItems":1000000000,"uniqueItems":true,"items":{"type":"boolean"}}'
try '{"type":"number","minimum":1e308,"maximum":1.7e308}'
try '{"type":"number","multipleOf":1e-300}'
try '{"type":"number","multipleOf":0.000000000000000001,"minimum":0.1}'
try '{"type":"integer","multipleOf":999999999999999989,"minimum":1}'
try '{"type":"number","minimum":1e999999999999999999999}'
printf '{"const":%s}' "$(repeat 20000 9)" > "$in" && try
# patterns
for p in '(a*)*b' '(a|a)*b' '(a{1,100}){1,100}' '((a{1,30}){1,30}){1,30}' '[ab]*a[ab]{20}' '(x+x+)+y' 'a{1000000000}' '(?=a)(?=b)(?=c)x' \
    '(?!a*b)(?!b*a)[ab]*' '(.{1,63}\\.){1,127}' '^(([a-z])+.)+[A-Z]([a-z])+$' '(a?){60}a{60}' '\\p{L}{1,400}' '[' '(' '(?<=a)b' '(a)\\1'; do
    try "{\"type\":\"string\",\"pattern\":\"$p\"}"
done
nest 5000 '(' a ')' | sed 's/^/{"type":"string","pattern":"/; s/$/"}/' > "$in" && try
printf '{"type":"string","pattern":"%s"}' "$(repeat 5000 '(a|b)?')" > "$in" && try
printf '{"type":"string","allOf":[%s]}' "$(list 40 '{"pattern":"^[ab]{%d}a|%d"}')" > "$in" && try
printf '{"type":"object","patternProperties":{%s}}' "$(list 20 '"^a{%d}|b%d":{"type":"integer"}')" > "$in" && try
# width
printf '{"enum":[%s]}' "$(list 20000 '"%d-%d"')" > "$in" && try
printf '{"properties":{%s}}' "$(list 3000 '"p%d":{"type":"integer","minimum":%d}')" > "$in" && try
printf '{"anyOf":[%s]}' "$(list 400 '{"required":["a%d"],"properties":{"x":{"const":%d}}}')" > "$in" && try
printf '{"oneOf":[%s]}' "$(list 100 '{"required":["a%d","b%d"]}')" > "$in" && try
printf '{"allOf":[%s]}' "$(list 60 '{"anyOf":[{"required":["a%d"]},{"required":["b%d"]}]}')" > "$in" && try
printf '{"type":"object","not":{"anyOf":[%s]}}' "$(list 200 '{"required":["a%d","b%d"]}')" > "$in" && try
printf '{"type":"object","dependencies":{%s}}' "$(list 40 '"a%d":["a%d"]')" > "$in" && try
printf '{"type":"object","required":[%s]}' "$(list 5000 '"r%d.%d"')" > "$in" && try
printf '{"type":"array","prefixItems":[%s]}' "$(list 2000 '{"const":"%d %d"}')" > "$in" && try
# products: each doubles what there is
printf '{"type":"object","allOf":[%s]}' "$(list 30 '{"oneOf":[{"required":["a%d"]},{"required":["b%d"]}]}')" > "$in" && try
printf '{"allOf":[%s]}' "$(list 30 '{"if":{"required":["a%d"]},"then":{"required":["b%d"]},"else":{"type":"object"}}')" > "$in" && try
printf '{"type":"string","allOf":[%s]}' "$(list 24 '{"anyOf":[{"minLength":%d},{"pattern":"a%d"}]}')" > "$in" && try
printf '{"type":"object","not":{"allOf":[%s]}}' "$(list 60 '{"anyOf":[{"required":["a%d"]},{"required":["b%d"]}]}')" > "$in" && try
printf '{"type":"integer","allOf":[%s]}' "$(list 60 '{"not":{"multipleOf":9%d%d}}')" > "$in" && try
printf '{"type":"number","not":{"anyOf":[%s]}}' "$(list 4 '{"multipleOf":9999999999%d%d}')" > "$in" && try
printf '{"type":"object","properties":{%s}}' "$(list 60 '"a%d":{"allOf":[{"$ref":"#"},{"required":["a%d"]}]}')" > "$in" && try
printf '{"type":"object","required":["a0"],"dependentRequired":{%s,"a300":["a0"]}}' "$(list 300 '"a%d":["a%d"]')" > "$in" && try
printf '{"type":"object","minProperties":1,"dependentSchemas":{%s}}' "$(list 12 '"a%d":{"properties":{"a%d":{"type":"object"}}}')" > "$in" && try
# sets and counts
try '{"type":"array","minItems":64,"uniqueItems":true,"items":{"type":"integer","minimum":1,"maximum":64}}'
try '{"type":"array","minItems":60,"uniqueItems":true,"items":{"type":"string","pattern":"^[ab]{6}$"}}'
try '{"type":"array","minItems":1000,"maxItems":1000000,"items":{"anyOf":[{"type":"array","minItems":1000,"items":{"type":"array","minItems":1000}},{"type":"object","minProperties":60}]}}'
try '{"type":"array","minItems":50000,"items":{"oneOf":[{"type":"array","minItems":50000,"items":{"$ref":"#"}},{"type":"null"}]}}'
try '{"type":"array","contains":{"type":"array","contains":{"type":"array","contains":{"$ref":"#"}}},"minContains":1000}'
try '{"type":"object","minProperties":40,"patternProperties":{"^a":{"type":"integer"},"b$":{"minimum":3}},"additionalProperties":{"type":"string","minLength":60000}}'
try '{"type":"object","minProperties":10,"propertyNames":{"pattern":"^(a|b|c)$"}}'
try '{"type":"string","minLength":60000,"maxLength":60000}'
try '{"type":"string","minLength":60000,"pattern":"^(ab)*$"}'
printf '{"type":"array","uniqueItems":true,"items":{"enum":[%s]},"minItems":64}' "$(list 3000 '"v%d.%d"')" > "$in" && try
# numbers
try '{"type":"number","minimum":-0.0,"maximum":-0,"not":{"const":1}}'
try '{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":5e-324}'
try '{"type":"number","minimum":-1.7976931348623157e308,"maximum":1e308,"multipleOf":1e300}'
try '{"type":"number","multipleOf":0.1,"allOf":[{"multipleOf":0.07},{"multipleOf":0.011},{"multipleOf":0.0013}],"minimum":1}'
try '{"type":"number","multipleOf":123456789.123456789,"minimum":1e16}'
printf '{"enum":[%s]}' "$(list 8000 '%d%de-7')" > "$in" && try
printf '{"type":"number","not":{"enum":[%s]}}' "$(list 120 '%d%de-7')" > "$in" && try
# patterns that overlap, of many characters
printf '{"type":"object","patternProperties":{%s}}' "$(list 16 '"[a-%d]{1,3}.*%d$":{"type":"integer"}')" > "$in" && try
printf '{"type":"object","minProperties":3,"patternProperties":{%s}}' "$(list 9 '"^.{%d}a|%d":{"minimum":1}')" > "$in" && try
try '{"type":"string","pattern":"^(\\p{L}|\\p{N}|[\\u0300-\\u036f]|\\S){0,200}\\p{Lu}\\P{Ll}{9}$"}'
try '{"type":"string","allOf":[{"pattern":"\\p{L}{40}"},{"pattern":"\\p{N}{40}"}],"not":{"pattern":"[^\\w]{40}"}}'
printf '{"type":"string","not":{"anyOf":[%s]}}' "$(list 40 '{"pattern":"%d.*%d"}')" > "$in" && try
printf '{"type":"string","pattern":"^(%s)$"}' "$(list 2000 'w%dx%d' | tr ',' '|')" > "$in" && try
# width, once more
printf '{"type":"object","properties":{%s},"additionalProperties":false,"minProperties":900}' "$(list 1000 '"q%d.%d":{}')" > "$in" && try
printf '{"anyOf":[%s]}' "$(list 120 '{"type":"object","properties":{"k":{"const":"%d"},"v":{"$ref":"#"}},"required":["k","v","w%d"]}')" > "$in" && try
printf '{"oneOf":[%s]}' "$(list 200 '{"type":"string","pattern":"^x%d.*%d$"}')" > "$in" && try
printf '{"oneOf":[%s]}' "$(list 100 '{"properties":{"k":{"const":"%d"},"l":{"minimum":%d}},"required":["k"]}')" > "$in" && try
printf '{"oneOf":[%s]}' "$(list 200 '{"type":"object","properties":{"a%d":{"type":"string"},"b%d":{"type":"integer"}}}')" > "$in" && try
printf '{"oneOf":[%s]}' "$(list 200 '{"properties":{"a%d":{"type":"string"},"b%d":{"type":"integer"}},"required":["a"]}')" > "$in" && try
printf '{"const":{%s}}' "$(list 5000 '"c%d":[%d,{}]')" > "$in" && try
printf '{"enum":[%s]}' "$(list 300 '{"a":[%d,{"b":[%d]}]}')" > "$in" && try
printf '{"type":"object","properties":{"%s":{}}}' "$(repeat 60000 x)" > "$in" && try
[ -n "$folder" ] || finish
