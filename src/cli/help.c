/* What -h says: one screen a command. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <unistd.h>
#include "cli/out.h"
#include "cli/report.h"

static const char all_text[] =
    "quern " QUERN_VERSION ": run Qwen2.5 GGUF files\n"
    "\n"
    "  quern [run] -m FILE -p TEXT   one answer on stdout (quern run -h)\n"
    "  quern chat -m FILE            a conversation (quern chat -h)\n"
    "  quern info [FILE]             what is in a file, and whether it runs here\n"
    "  quern tokenize -m FILE TEXT   token ids (quern tokenize -h)\n"
    "  quern schema expand SCHEMA    a JSON schema in full (quern schema -h)\n"
    "  quern bench -m FILE           tokens a second (quern bench -h)\n"
    "  quern doctor [-m FILE]        what this board gives to a model\n"
    "\n"
    "For example\n"
    "  quern -m qwen2.5-0.5b-instruct-q4_k_m.gguf -p \"Why is the sky blue?\"\n"
    "  dmesg | tail -50 | quern -p \"What is wrong here?\" -n 200\n"
    "  quern -p \"fan on above 30 degrees\" -j '{\"fan_on_above\": \"number\"}'\n"
    "\n"
    "  -m FILE      the model; without it, the environment's QUERN_MODEL, then the\n"
    "               small one that comes with quern\n"
    "  -v           the model's file and statistics on stderr\n"
    "  --version    the version\n"
    "  -h           this; behind a command, its flags\n"
    "\n"
    "Flags known from llama.cpp and ollama keep their names; man quern has them all.\n";

static const char run_text[] =
    "quern [run] -m FILE -p TEXT    one answer on stdout\n"
    "\n"
    "  -p TEXT             the prompt; behind stdin, if that is a pipe or a file\n"
    "  -f FILE             a prompt from a file\n"
    "  -sys TEXT           the system message (-sysf FILE: from a file)\n"
    "  --raw, -no-cnv      complete the text as it is, without a chat template\n"
    "  --special           with --raw: <|im_start|> and its like are control tokens\n"
    "  -e                  \\n, \\t, \\xHH ... in -p, -sys and -r are escapes\n"
    "  -j SCHEMA           answer in JSON that fits (a text, @FILE or -; -jf FILE):\n"
    "                      -j '{\"level\": \"number\", \"mode\": [\"auto\", \"off\"]}'\n"
    "  --json              any JSON object; quern schema -h has what goes with these\n"
    "  --jsonl             a request a line on stdin, an answer a line on stdout\n"
    "\n"
    "  -n N                at most N tokens; -1: to the end, -2: fill the context\n"
    "  -r TEXT             end the answer before TEXT; may be given several times\n"
    "  --ignore-eos        do not end by itself\n"
    "  -s N                seed; the same seed gives the same answer on every machine\n"
    "  --temp X            temperature (Qwen's 0.7; 0: always the likeliest token)\n"
    "  --top-k N, --top-p X, --min-p X                (20, 0.8, off)\n"
    "  --repeat-penalty X, --repeat-last-n N          (1.1 over 64 tokens)\n"
    "  --presence-penalty X, --frequency-penalty X    (off)\n"
    "  -l ID+X, -l ID-X    add to a token's logit; -l ID-inf forbids it\n"
    "\n"
    "  -c N                context, in tokens; without it, what the request needs\n"
    "  -t N                threads; without it, one for each physical, fast core\n"
    "  -b N                prompt tokens in one pass: speed and memory, never results\n"
    "  -ctk T, -ctv T      keep keys, values as f16, q8_0 (half the memory) or f32\n"
    "  --prompt-cache F    keep the prompt's work in F: the next prompt that begins\n"
    "                      alike starts faster, and has the same answer\n"
    "  --full-head         all logits: slower, less memory, and the same answer\n"
    "  --force             start even if memory looks too small\n"
    "  -v                  the model's file, statistics and the seed, on stderr\n"
    "\n"
    "Exit: 0 done, 1 I/O, 2 usage, 3 model refused, 4 memory, 5 context too small,\n"
    "6 schema refused, 7 -n below what the schema needs\n";

static const char chat_text[] =
    "quern chat -m FILE    a conversation\n"
    "\n"
    "Takes the flags of quern run but --raw, --jsonl and --prompt-cache; -p asks a\n"
    "first question. In the chat:\n"
    "\n"
    "  /set NAME VALUE     change a setting: temp, top_k, seed, n, system ...\n"
    "  /show               the settings, and how full the context is\n"
    "  /regen              answer the last message again\n"
    "  /clear              forget the conversation\n"
    "  /save FILE          write the conversation, a JSON object a line\n"
    "  /load FILE          go on with a saved one\n"
    "  /help               this list\n"
    "  /bye, /exit         leave; so does Ctrl-D\n"
    "\n"
    "  \"\"\"                 begins and ends a message of several lines\n"
    "  \\ at a line's end   goes on with the next line\n"
    "  Ctrl-C              stops the answer; at the prompt clears the line or leaves\n"
    "  Up, Down            earlier messages, kept in ~/.quern_history\n"
    "\n"
    "  -c N                context; without it, the model's, as far as memory allows\n"
    "  --color [on|off]    colours; without it, on a terminal unless NO_COLOR is set\n"
    "\n"
    "Where stdin is no terminal, each line of it is a message and the answers go to\n"
    "stdout.\n";

static const char info_text[] =
    "quern info [FILE]    what is in a GGUF file, and whether it runs here\n"
    "\n"
    "  --json              as one JSON object\n"
    "  -c N, -t N, -b N, -ctk T, -ctv T    plan the memory for these\n"
    "\n"
    "Lists sound files of other architectures too. Exit: 0, or 3 for a broken file.\n";

static const char tokenize_text[] =
    "quern tokenize -m FILE [TEXT]    the token ids of a text, as a JSON array\n"
    "\n"
    "  TEXT, -p TEXT, -f FILE    the text; without any, stdin, to the byte\n"
    "  --special                 <|im_start|> and its like are control tokens\n"
    "  --jsonl                   each line of stdin is {\"text\": ...}, an array each;\n"
    "                            {\"error\": ...} for a bad line, and exit 1 at the end\n"
    "\n"
    "A vocabulary without weights will do as FILE.\n";

static const char schema_text[] =
    "quern run -j SCHEMA -p TEXT      one JSON document that fits, or nothing\n"
    "quern schema expand SCHEMA       the schema in full; how many tokens it needs\n"
    "quern schema test -m FILE        schemas with documents, from stdin\n"
    "quern schema fuzz -m FILE SCHEMA random documents, one a line\n"
    "\n"
    "SCHEMA is a text, @FILE or - for stdin; -jf FILE reads a file too. A JSON\n"
    "schema, or a shorthand for one:\n"
    "\n"
    "  {\"name\": \"string\", \"n\": \"integer\", \"x\": \"number\", \"on\": \"boolean\",\n"
    "   \"mode\": [\"auto\", \"off\"],      one of these\n"
    "   \"tags\": [\"string\"],           a list of strings\n"
    "   \"alert\": [[\"LED\", \"UART\"]],  a list of these\n"
    "   \"pos\": {\"x\": \"number\"},      an object in it\n"
    "   \"note\": \"string?\"}           may be left out; all else is there\n"
    "\n"
    "With a schema --temp is 0, and -n the tokens of a document, 1024 at most.\n"
    "\n"
    "  --pretty            indented; without it, on one line\n"
    "  --stream            printed as it is generated\n"
    "  -r, --raw-strings   a document that is a string is printed without quotes\n"
    "  --no-schema-prompt  do not show the schema to the model\n"
    "  --max-string N      where the schema sets no bound: characters (1024)\n"
    "  --max-items N       elements of an array (64)\n"
    "  --max-depth N       depth of a value of which nothing is said (8)\n"
    "  --max-digits N      digits of a number (17)\n"
    "\n"
    "  -k N, -n N, -s N    of fuzz: documents, tokens of each at most, seed\n"
    "\n"
    "Exit: 6 schema refused, 7 -n below what the schema needs; else as quern run\n";

static const char bench_text[] =
    "quern bench [-m FILE]    tokens a second, measured and printed as by llama-bench\n"
    "\n"
    "  -p N                prompt tokens, in one go (512; 0: not measured)\n"
    "  -n N                tokens generated one by one (128; 0: not measured)\n"
    "  -pg N,M             a prompt of N and M generated, timed together\n"
    "  -d N                tokens in the cache before that, not timed (0)\n"
    "  -t N                threads; without it, one for each physical, fast core\n"
    "  -b N, -ub N         prompt tokens in one pass; the smaller counts\n"
    "  -ctk T, -ctv T      keep keys, values as f16, q8_0 or f32\n"
    "\n"
    "Each takes a list (16,32), a range (128-512+128, 1-8*2), or is given several\n"
    "times, -m too; every combination is a row.\n"
    "\n"
    "  -r N                repetitions of each (5)\n"
    "  -o FORM             md, csv, json or jsonl; -oe FORM the same on stderr\n"
    "  --full-head         compute all logits, even where quern run would not\n"
    "  --delay N           seconds of rest before each row\n"
    "  --no-warmup         no short run before each row\n"
    "  --json-run          instead, eight fixed requests in words, answered in JSON\n"
    "                      under a schema and, as long, without; no -p, -n, -pg, -d\n"
    "\n"
    "Beyond llama-bench's: GMAC/s of a prompt; the bytes that a token reads, and\n"
    "the speed in percent of what the measured bandwidth allows for them; board,\n"
    "kernels, clock, temperature, throttling, peak RSS. In md they are below the\n"
    "table, elsewhere behind llama-bench's fields.\n"
    "\n"
    "Exit: 0 done, 1 I/O, 2 usage, 3 model refused, 4 memory, 5 context too small\n";

static const char doctor_text[] =
    "quern doctor [-m FILE]    what this board gives to a model\n"
    "\n"
    "Board, CPU and the kernels it gets, cores, memory and limits, read bandwidth,\n"
    "clock, temperature, throttling. With a model: what a token reads, the decode\n"
    "speed which that allows at most, and whether the context fits.\n"
    "\n"
    "  -m FILE             the model; none without it\n"
    "  -c N, -t N, -b N, -ctk T, -ctv T    its context, threads, batch, cache\n"
    "  --json              as one JSON object\n";

int cmd_help(const struct opts *o) {
    struct out out;
    struct err e;
    const char *text = run_text;
    switch (o->cmd) {
    case CMD_RUN: break;
    case CMD_CHAT: text = chat_text; break;
    case CMD_INFO: text = info_text; break;
    case CMD_TOKENIZE: text = tokenize_text; break;
    case CMD_BENCH: text = bench_text; break;
    case CMD_DOCTOR: text = doctor_text; break;
    case CMD_SCHEMA: text = schema_text; break;
    }
    if (o->help == 1) text = all_text;
    out_open(&out, STDOUT_FILENO);
    return out_str(&out, o->version ? "quern " QUERN_VERSION "\n" : text, &e) || out_close(&out, &e) ? report_err(&e) : 0;
}
