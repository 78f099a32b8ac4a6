# Reads C files, one after another; prints `RULE FILE:LINE: what` for each violation. lint.sh says what the rules are.

# Which rooms a room may include beside its own; quern.h is the public header. Exceptions name a file.
BEGIN {
    may["cli"] = "quern.h"
    may["engine"] = "quern.h base gguf quant kernels model text sample json"
    may["model"] = "base gguf quant kernels"
    may["gguf"] = "base quant/quant.h"
    may["text"] = "quern.h base"
    may["sample"] = "quern.h base"
    may["json"] = "quern.h base"
    may["json/mask"] = "quern.h base quant kernels"
    may["kernels"] = "quant"
    may["quant"] = ""
    may["base"] = ""
    may["base/err"] = "quern.h"
    may["include"] = ""
    may["tools"] = "quern.h base gguf quant json"
}

function report(rule, what) { print rule " " FILENAME ":" FNR ": " what }

function room_of(path,    part, n) { # "src/text/tok.c" is of text, "src/engine.c" of engine, "tools/x.c" of tools
    n = split(path, part, "/")
    return part[1] != "src" ? part[1] : n == 2 ? "engine" : part[2]
}

function included(file,    from, list, one, n, i) { # may this file include FILE?
    if (file !~ /\// && file != "quern.h" || room_of("src/" file) == room && file != "quern.h") return 1
    from = FILENAME
    gsub(/^src\/|\.[ch]$/, "", from)
    n = split(from in may ? may[from] : may[room], list, " ")
    for (i = 1; i <= n; i++) {
        one = list[i]
        if (file == one || index(file, one "/") == 1) return 1
    }
    return 0
}

# A line without its comments; a block comment may have been left open by the line before.
function strip(line,    out, token) {
    while (line != "") {
        if (in_comment) {
            if (!match(line, /\*\//)) return out
            line = substr(line, RSTART + 2)
            in_comment = 0
        }
        if (!match(line, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\//)) return out line
        token = substr(line, RSTART, RLENGTH)
        out = out substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        if (token == "//") return out
        if (token == "/*") in_comment = 1
        else out = out token
    }
    return out
}

function calls(names) { return bare ~ ("(^|[^a-zA-Z0-9_>.])(" names ")[ ]*\\(") }

FNR == 1 {
    room = room_of(FILENAME)
    speaks = room == "cli" || room == "tools" || room == "tests"
    in_comment = opened = signature = 0
    head = ""
}
FNR <= 4 { head = head $0 "\n" }
FNR == 4 && head !~ /^(#[^\n]*\n|\n)*\/\*/ { report("opening", "no comment that says what goes in and what comes out") }

{ code = strip($0); bare = code; gsub(/"([^"\\]|\\.)*"/, "\"\"", bare) }

code ~ /^[ \t]*#[ \t]*include[ \t]*"/ && room in may {
    split(code, quoted, "\"")
    if (!included(quoted[2])) report("layers", room " may not include " quoted[2])
}
room == "kernels" && code ~ /#[ \t]*include[ \t]*<(stdlib|stdio|pthread|errno|threads)\.h>/ {
    report("layers", "kernels know neither malloc nor errors nor threads")
}

!speaks && (calls("v?printf|puts|putchar|perror") || bare ~ /(^|[^a-z_])(stdout|stderr)([^a-z_]|$)|[^a-z_]write *\( *[12] *,/) {
    report("printing", "only cli and tools print")
}
!speaks && calls("exit|_exit|_Exit|quick_exit|abort") || room == "cli" && FILENAME !~ /main\.c$/ && calls("exit|quick_exit|abort") {
    report("exits", "only cli/main.c and tools exit")
}

calls("fma[fl]?|_mm[0-9]*_(mask[z3]?_)?fn?m(add|sub)_[a-z]+|vfm[as][a-z0-9_]+|vml[as]q?_(n_|lane_|laneq_)?f[0-9]+") \
    || bare ~ /FP_CONTRACT[ ]+ON|fast-math/ {
    report("rounding", "a product and its sum round once each: no fma")
}
room ~ /^(kernels|model|quant|sample)$/ && calls("(exp|exp2|expm1|log|log2|log10|pow|sin|cos|tan|tanh|cbrt|erf|hypot)f?") {
    report("rounding", "libm rounds as each C library likes: use our own")
}

room !~ /^(tests|kernels)$/ && bare ~ /typedef[ ]+(struct|enum|union)/ { report("typedef", "no typedef for structs") }

length($0) > 144 && tolower(head) !~ /generated/ { report("shape", "a line of " length($0) " characters") }
/^[a-z]/ { signature = 1 } # a function's body opens at the first "{" or ") {" after a line that starts at the margin
/;$/ { signature = 0 }
signature && !opened && /^\{$|\) \{$/ { opened = FNR }
/^\}/ {
    if (opened && FNR - opened > 60) report("shape", "a function of " FNR - opened " lines, more than a screen")
    opened = signature = 0
}
