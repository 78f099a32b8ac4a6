#!/bin/sh
# quern-convert: from a folder that quern-mkmodel wrote, byte for byte the file that it writes; the same bytes whichever way the folder says
# the same; one line, exit 3 and no file for folders that are broken.
#     BUILD=build sh tests/check_convert.sh
. tests/shell.sh
co=$build/quern-convert

make_tiny() { "$build/quern-mkmodel" --shape tiny "$@" || exit 1; }
convert() { "$co" "$@" > "$work/out" 2> "$work/err"; }
same() { convert "$1" "$work/b" && cmp "$f32" "$work/b" >> "$work/err" 2>&1; } # FOLDER: becomes the reference file
info() { "$build/quern" info "$work/b" > "$work/info" 2>&1; }

for type in f32 f16 bf16; do make_tiny --type $type --hf "$work/hf-$type"; done
make_tiny --type f32 --untied --hf "$work/hf-untied"
make_tiny --type f32 "$work/f32"
f32=$work/f32 bad=$work/bad

# ---- a folder's files, and ways to change them; $bad is the copy that is changed ----

fresh() { rm -rf "$bad" && cp -r "$work/hf-f32" "$bad"; }
edit() { # FILE SED-SCRIPT
    sed "$2" "$bad/$1" > "$work/edited"
    if cmp -s "$work/edited" "$bad/$1"; then result 1 "$1 has nothing for $2"; fi
    mv "$work/edited" "$bad/$1"
}
put_length() { # N: 8 bytes, little-endian
    n=$1 i=0
    while [ $i -lt 8 ]; do
        printf "\\$(printf %03o $((n % 256)))"
        n=$((n / 256)) i=$((i + 1))
    done
}
header_bytes() { od -An -tu4 -N4 "$1" | tr -d ' '; }
header() { tail -c +9 "$1" | head -c "$(header_bytes "$1")"; }
tensor_data() { tail -c +$((9 + $(header_bytes "$1"))) "$1"; }
wrap() { # HEADER FILE-OF-DATA
    put_length ${#1}
    printf %s "$1"
    cat "$2"
}
edit_header() { # SED-SCRIPT: the header of model.safetensors, and its length
    m=$bad/model.safetensors
    text=$(header "$m" | sed "$1")
    tensor_data "$m" > "$work/data"
    if [ "$text" = "$(header "$m")" ]; then result 1 "the header has nothing for $1"; fi
    wrap "$text" "$work/data" > "$work/edited" && mv "$work/edited" "$m"
}

# ---- each type: what quern-mkmodel writes, metadata and order included ----

for type in F32 F16 BF16 Q8_0 Q6_K Q5_K_M Q4_K_M Q4_0 Q3_K_M Q2_K IQ4_NL; do
    small=$(echo $type | tr A-Z a-z)
    make_tiny --type "$small" "$work/a"
    convert "$work/hf-f32" "$work/b" $type && cmp "$work/a" "$work/b" >> "$work/err" 2>&1
    result $? "F32 to $type: not what quern-mkmodel --type $small writes; $(cat "$work/err")"
    make_tiny --type "$small" --untied "$work/a"
    convert "$work/hf-untied" "$work/b" "$small" && cmp "$work/a" "$work/b" >> "$work/err" 2>&1
    result $? "F32 to $small with an output matrix: not what quern-mkmodel --untied writes; $(cat "$work/err")"
done

# ---- at once, or to F32 and from there: the same ----

for from in f32 f16 bf16; do
    convert "$work/hf-$from" "$work/wide" f32
    result $? "$from to f32: $(cat "$work/err")"
    for type in f16 bf16 q8_0 q4_k_m; do
        "$build/quern-quantize" "$work/wide" "$work/a" $type > /dev/null && convert -t 1 "$work/hf-$from" "$work/b" $type && cmp -s "$work/a" "$work/b"
        result $? "$from to $type: not what quern-quantize makes of the f32 file; $(cat "$work/err")"
        convert -t 3 "$work/hf-$from" "$work/b" $type && cmp -s "$work/a" "$work/b"
        result $? "$from to $type: other bytes with 3 threads than with 1"
    done
    convert "$work/hf-$from" "$work/a" $from && convert "$work/hf-$from" "$work/b" && cmp -s "$work/a" "$work/b" \
        && convert "$work/hf-$from" "$work/b" AUTO && cmp -s "$work/a" "$work/b"
    result $? "$from without a type: not $from"
    "$build/quern-logits" "$work/a" 1,2,300,4 "$work/logits" 2> "$work/err" \
        && od -An -v -tf4 "$work/logits" | awk '/[nN]/ { bad = 1 } $1 != 0 { some = 1 } END { exit bad || !some }'
    result $? "$from: logits that are no numbers; $(cat "$work/err")"
done

# ---- the types by hand, and a board ----

type_of() { awk -v name="$1" '$1 == name { print $2 }' "$work/out"; }
convert "$work/hf-f32" "$work/b" q8_0 --tensor-type attn_v=f16 --output-type q5_1 \
    && [ "$(type_of blk.1.attn_v.weight) $(type_of token_embd.weight) $(type_of blk.1.attn_q.bias)" = "F16 Q5_1 F32" ]
result $? "types by hand: $(cat "$work/err" "$work/out")"
convert --for zero2w "$work/hf-bf16" "$work/b" && [ "$(type_of token_embd.weight)" = IQ4_NL ]
result $? "--for zero2w: $(cat "$work/err" "$work/out")"

# ---- one model, said in other ways ----

# Two files in place of one: the last tensor, a norm of 192, goes to a second, whose header is padded. An index is of no interest.
fresh
m=$bad/model.safetensors
tensor_data "$m" > "$work/data"
bytes=$(wc -c < "$work/data")
first=$(header "$m" | sed 's/^"model.norm.weight".*$/}/; s/,$/,/' | sed -e ':a' -e '$!{N;ba' -e '}' -e 's/,\n}/}/')
head -c $((bytes - 768)) "$work/data" > "$work/data1"
tail -c 768 "$work/data" > "$work/data2"
second='{"model.norm.weight":{"data_offsets":[0,768],"shape":[192],"dtype":"F32"}}     '
rm "$m"
wrap "$first" "$work/data1" > "$bad/model-00001-of-00002.safetensors"
wrap "$second" "$work/data2" > "$bad/model-00002-of-00002.safetensors"
echo '{"weight_map": {}}' > "$bad/model.safetensors.index.json"
same "$bad"
result $? "two files of tensors: $(cat "$work/err")"
cp "$bad/model-00002-of-00002.safetensors" "$work/norm"

# Tensors that have no place in a file: the output matrix of a tied model, the positions' angles.
fresh
wrap '{"lm_head.weight":{"dtype":"F32","shape":[192],"data_offsets":[0,768]}}' "$work/data2" > "$bad/model-head.safetensors"
wrap '{"model.layers.1.self_attn.rotary_emb.inv_freq":{"dtype":"F32","shape":[192],"data_offsets":[0,768]}}' "$work/data2" \
    > "$bad/model-angles.safetensors"
same "$bad"
result $? "a tied model with lm_head.weight and inv_freq: $(cat "$work/err")"

fresh
edit tokenizer.json 's/^      "\([^ "]*\) \([^ "]*\)"/      ["\1", "\2"]/'
same "$bad"
result $? "merges as pairs: $(cat "$work/err")"

fresh
edit tokenizer.json 's/\(.*"special": \)true\(, "content": "<|im_\)/\1false\2/'
same "$bad"
result $? "control tokens that are not marked: $(cat "$work/err")"

# What Qwen2's own tokenizer.json says about cutting texts.
fresh
regex=$(sed 's/[\\&/]/\\&/g' << 'END'
(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+
END
)
edit tokenizer.json "s/\"model\":/\"pre_tokenizer\": {\"pretokenizers\": [{\"pattern\": {\"Regex\": \"$regex\"}}, {}]}, &/"
same "$bad"
result $? "the expression of Qwen2: $(cat "$work/err")"

# vocab.json, merges.txt and the tokens added to them: in tokenizer_config.json, or in a file of their own.
fresh
t=$bad/tokenizer.json
{ echo '{' && sed '1,/"vocab": {/d; /^    },/,$d' "$t" && echo '}'; } > "$bad/vocab.json"
{ echo '#version: 0.2' && sed '1,/"merges": \[/d; /^    \]/,$d; s/^ *"//; s/",*$//' "$t"; } > "$bad/merges.txt"
sed -n 's/^    {"id": \([0-9]*\), "special": [a-z]*, "content": \("[^"]*"\)}\(,*\)$/\2: \1\3/p' "$t" > "$work/added"
decoder=$(sed -n 's/^    {"id": \([0-9]*\), \(.*\)$/"\1": {\2/p' "$t" | tr -d '\n' | sed 's,[/&],\\&,g')
rm "$t"
cp -r "$bad" "$work/slow"
edit tokenizer_config.json "s/^{/{\"added_tokens_decoder\": {$decoder},/"
same "$bad"
result $? "vocab.json, merges.txt and added_tokens_decoder: $(cat "$work/err")"
edit tokenizer_config.json 's/{"added_tokens_decoder": {"/&-/'
convert "$bad" "$work/b"
[ $? = 3 ] && grep -q 'id: expected a whole number' "$work/err"
result $? "an id in added_tokens_decoder that is none: $(cat "$work/err")"
{ echo '{' && cat "$work/added" && echo '}'; } > "$work/slow/added_tokens.json"
same "$work/slow"
result $? "vocab.json, merges.txt and added_tokens.json: $(cat "$work/err")"
rm -r "$bad" && cp -r "$work/slow" "$bad"
rm "$bad/merges.txt"
for n in 0 1; do # LF, and CR LF without the last; the version is no merge either way
    sed 's/.*/&/' "$work/slow/merges.txt" | if [ $n = 0 ]; then cat; else sed 's/$/\r/' | sed '$ s/\r$//'; fi > "$bad/merges.txt"
    same "$bad"
    result $? "merges.txt with other ends of lines, $n: $(cat "$work/err")"
done

fresh
edit tokenizer_config.json 's/"chat_template": \(.*\)/"chat_template": [{"name": "tools", "template": "x"}, {"name": "default", "template": \1}]/'
same "$bad"
result $? "named templates: $(cat "$work/err")"
fresh
template=$(sed -n 's/.*"chat_template": "\(.*\)"/\1/p' "$bad/tokenizer_config.json")
printf %s "$template" | sed 's/\\\\/\\/g' > "$bad/chat_template.jinja"
edit tokenizer_config.json 's/"chat_template": .*/"x": null/'
same "$bad"
result $? "chat_template.jinja: $(cat "$work/err")"

fresh
edit tokenizer_config.json 's/"eos_token": \(.*\),/"eos_token": {"content": \1, "special": true},/'
edit config.json '/token_id/d'
echo '{"bos_token_id": 999, "eos_token_id": [1, 2]}' | sed "s/999/$(sed -n 's/.*"bos_token_id": \([0-9]*\),/\1/p' "$work/hf-f32/config.json")/" \
    > "$bad/generation_config.json"
same "$bad"
result $? "ids of tokens from elsewhere: $(cat "$work/err")"

fresh
edit config.json 's/"rope_theta": 1000000.0/"rope_parameters": {"rope_theta": 1e6, "rope_type": "default"}, "rope_scaling": null/'
edit config.json 's/"use_sliding_window": false/"layer_types": ["full_attention", "full_attention"], "head_dim": 64/'
same "$bad"
result $? "config.json of newer folders: $(cat "$work/err")"

# ---- what is not in the tokenizer, the name, the values to sample with ----

fresh
edit tokenizer.json '/"content": "<.tool_call>"/d; s/\("content": "<tool_call>"}\),/\1/; s/\("content": "<|im_end|>"}\)$/\1,/'
convert "$bad" "$work/b" && [ "$(grep -a -o '\[PAD[0-9]*\]' "$work/b" | wc -l)" = 1 ] && "$build/quern-logits" "$work/b" 1,2 "$work/logits"
result $? "a row of the embedding that is no token: $(cat "$work/err")"
edit config.json '/_name_or_path/d'
convert "$bad" "$work/b" && info && grep -q 'general.name *str *"bad"' "$work/info"
result $? "the name of the folder: $(cat "$work/err")"

fresh
echo '{"do_sample": true, "temperature": 0.25, "top_k": 20, "top_p": 0.5, "min_p": null, "repetition_penalty": 1.5}' > "$bad/generation_config.json"
convert "$bad" "$work/b" && info && grep -q 'sampling.temp *f32 *0.25$' "$work/info" && grep -q 'sampling.top_k *i32 *20$' "$work/info" \
    && grep -q 'sampling.top_p *f32 *0.5$' "$work/info" && grep -q 'sampling.penalty_repeat *f32 *1.5$' "$work/info" \
    && ! grep -q 'sampling.min_p' "$work/info"
result $? "generation_config.json: $(cat "$work/err" "$work/info")"
echo '{"do_sample": false, "temperature": 0.7}' > "$bad/generation_config.json"
convert "$bad" "$work/b" && info && grep -q 'sampling.temp *f32 *0$' "$work/info"
result $? "do_sample false: $(cat "$work/err" "$work/info")"

# ---- refusals: an exit code, one line on stderr, nothing on stdout, nothing left behind ----

mkdir "$work/dir"
out=$work/dir/m
refused() { # CODE ARGUMENTS...
    code=$1
    shift
    convert "$@"
    got=$?
    [ $got = "$code" ] && [ "$(wc -l < "$work/err")" = 1 ] && [ ! -s "$work/out" ] && [ -z "$(ls "$work/dir")" ]
    result $? "quern-convert $*: exit $got, $code expected; $(cat "$work/err"); left: $(ls "$work/dir")"
}
broken() { # PATTERN: $bad is refused, and the line says so
    convert "$bad" "$out" f16
    got=$?
    [ $got = 3 ] && [ "$(wc -l < "$work/err")" = 1 ] && grep -q -e "$1" "$work/err" && [ ! -s "$work/out" ] && [ -z "$(ls "$work/dir")" ]
    result $? "a broken folder, '$1' expected: exit $got; $(cat "$work/err"); left: $(ls "$work/dir")"
}
bad_file() { # FILE SED-SCRIPT PATTERN; ~ stands for a space in what is put in
    fresh
    edit "$1" "$(printf '%s\n' "$2" | tr '~' ' ')"
    broken "$3"
}
bad_header() { # SED-SCRIPT PATTERN
    fresh
    edit_header "$1"
    broken "$2"
}

refused 2
refused 2 "$work/hf-f32"
refused 2 "$work/hf-f32" "$out" q4_9
refused 2 "$work/hf-f32" "$out" q4_0 more
refused 2 "$work/hf-f32" "$out" --frob
refused 2 "$work/hf-f32" "$out" f16 --for zero2w
refused 2 "$work/hf-f32" "$out" q4_0 --tensor-type attm_q=q8_0
refused 3 "$work/none" "$out"
refused 3 "$f32" "$out"
refused 3 "$work/dir" "$out"
refused 1 "$work/hf-f32" "$work/none/m"
if [ -c /dev/full ]; then refused 1 "$work/hf-f32" /dev/full q4_0; fi

while read -r script pattern; do bad_file config.json "$script" "$pattern"; done << 'END'
/"hidden_size"/d no.hidden_size
/"rms_norm_eps"/d no.rms_norm_eps
/"vocab_size"/s/\(.*\)/"x":0/ no.vocab_size
s/"hidden_size":.[0-9]*/"hidden_size":"192"/ hidden_size:.expected.a.whole.number
s/"hidden_size":.[0-9]*/"hidden_size":192.5/ hidden_size:.expected.a.whole.number
s/"hidden_size":.[0-9]*/"hidden_size":0/ hidden_size:.expected.at.least.1
s/"hidden_size":.[0-9]*/"hidden_size":384/ shape:.expected
s/"intermediate_size":.[0-9]*/"intermediate_size":99999999999/ intermediate_size:.expected.a.whole.number
s/"intermediate_size":.[0-9]*/"intermediate_size":-256/ intermediate_size:.expected.a.whole.number
s/"num_attention_heads":.[0-9]*/"num_attention_heads":5/ num_attention_heads:.expected.a.divisor
s/"num_key_value_heads":.[0-9]*/"num_key_value_heads":2/ num_key_value_heads:.expected.a.divisor
s/"num_hidden_layers":.[0-9]*/"num_hidden_layers":2000000000/ no.tensor.model.layers.2.
s/"num_hidden_layers":.[0-9]*/"num_hidden_layers":1/ no.tensor.of.a.Qwen2.model
s/"vocab_size":.[0-9]*/"vocab_size":2000000000/ embed_tokens.weight:.shape
s/"rms_norm_eps":.1e-06/"rms_norm_eps":0/ rms_norm_eps:.expected
s/"rope_theta":.1000000.0/"rope_theta":1e99/ rope_theta:.expected
s/"rope_theta":/"rope_scaling":{"type":"yarn","factor":4},&/ expected.default,.found.'yarn'
s/"rope_theta":/"rope_scaling":[],&/ rope_scaling:.expected.an.object
s/"use_sliding_window":.false/"use_sliding_window":true/ use_sliding_window
s/"use_sliding_window":/"layer_types":["sliding_attention"],&/ layer_types
s/"use_sliding_window":/"quantization_config":{},&/ already.quantized
s/"use_sliding_window":/"head_dim":128,&/ head_dim
s/Qwen2ForCausalLM/LlamaForCausalLM/ expected.Qwen2ForCausalLM
s/"qwen2"/"llama"/ model_type:.expected.qwen2
s/"silu"/"gelu"/ hidden_act:.expected.silu
s/"tie_word_embeddings":.true/"tie_word_embeddings":false/ no.tensor.lm_head.weight
s/"tie_word_embeddings":.true/"tie_word_embeddings":1/ tie_word_embeddings:.expected.true.or.false
s/"eos_token_id":/"eos_token_id":9,"pad":[&/ expected.'.'.or
1s/{/[{/ expected
1s/.*/[1]/ expected
END

while read -r script pattern; do bad_file tokenizer.json "$script" "$pattern"; done << 'END'
s/"Ġthe":.*/"Ġthe":99999,/ its.id.is.99999,.and.vocab_size
s/"Ġthe":.*/"Ġthe":-1,/ its.id.is.-1
s/"Ġthe":.*/"Ġthe":1.5,/ id:.expected.a.whole.number
s/"Ġthe":.*/"Ġthe":7,/ id.7.is.there.twice
s/"Ġthe":/"the":/ has.two.ids
s/"Ġthe":/"":/ its.text.is.empty
s/"Ġthe":/"a\\u0000b":/ NUL
s/"Ġth.e"/"Ġth~qq"/ merge.[0-9]*:.its.result.is.no.token
s/"Ġth.e"/"~Ġthe"/ merge.[0-9]*:.two.parts
s/"Ġth.e"/"Ġ~~the"/ merge.[0-9]*:.two.parts
s/"Ġth.e"/"Ġthe"/ merge.[0-9]*:.two.parts
s/"Ġth.e"/7/ merge.[0-9]*:.a.string.or.two
s/"Ġth.e"/["Ġth","e","x"]/ merge.[0-9]*:.a.string.or.two
s/"Ġth.e"/["Ġt","h~e"]/ merge.[0-9]*:.a.part.has.a.space
s/"Ġth.e"/["Ġ",""]/ merge.[0-9]*:.two.parts
s/"merges"/"nerges"/ no.model.merges
s/"vocab"/"bocab"/ no.model.vocab
s/"model":/"modem":/ no.model.vocab
s/"BPE"/"Unigram"/ expected.BPE
s/"model":/"pre_tokenizer":{"pattern":{"Regex":"x"}},&/ the.expression.of.Qwen2
s/"model":/"pre_tokenizer":{"pretokenizers":[{"type":"ByteLevel"},{"pattern":{"Regex":"x"}}]},&/ the.expression.of.Qwen2
s/"model":/"pre_tokenizer":{"pretokenizers":7},&/ pretokenizers:.expected.an.array
s/{"id":.\([0-9]*\),.*"<|im_end|>"}/{"id":3,"content":"x"}/ is.that.of
s/"id":.\([0-9]*\),\(.*<|im_end\)/"id":99999,\2/ its.id.is.99999
s/"id":.\([0-9]*\),\(.*<|im_end\)/\2/ expected
s/"content":."<|im_end|>"/"content":7/ content:.expected.a.string
s/Ġthe/Ġthe\xff/ not.UTF-8
s/Ġthe"/Ġthe/ control.character
END

while read -r script pattern; do bad_file tokenizer_config.json "$script" "$pattern"; done << 'END'
s/"eos_token":..*",/"eos_token":"<|none|>",/ eos_token:.expected.a.token
s/"chat_template":..*/"chat_template":7/ chat_template:.expected.a.string
s/"add_bos_token":.false/"add_bos_token":"no"/ add_bos_token:.expected
END

fresh
for text in '{"top_p": 2}' '{"temperature": -1}' '{"top_k": "20"}' '{"temperature": 1e999}' '{"do_sample": 0}' '[]' '{'; do
    echo "$text" > "$bad/generation_config.json"
    broken generation_config.json
done

while read -r script pattern; do bad_header "$script" "$pattern"; done << 'END'
s/"dtype":"F32"/"dtype":"I64"/ dtype:.expected.F32,.F16.or.BF16,.found.'I64'
s/"dtype":"F32",// dtype:.expected.a.string,.found.nothing
s/"dtype":"F32"/"dtype":"F16"/ data_offsets:
s/"shape":\[192,192\]/"shape":[192,193]/ data_offsets:
s/"shape":\[192,192\]/"shape":[9223372036854775807,9223372036854775807]/ data_offsets:
s/"shape":\[192,192\]/"shape":[192,1,192]/ shape:.expected.1.or.2
s/"shape":\[192,192\]/"shape":[]/ shape:.expected.1.or.2
s/"shape":\[192,192\]/"shape":[-192,-192]/ shape:.expected.whole.numbers
s/"shape":\[192,192\]/"shape":[36864]/ shape:.expected
s/"shape":\[256,192\]/"shape":[192,256]/ shape:.expected
s/"shape":\[192,192\]/"shape":{}/ shape:.expected.an.array
s/,"data_offsets":\[[0-9]*,[0-9]*\]// data_offsets:.expected.an.array
s/"data_offsets":\[0,/"data_offsets":[4,/ data_offsets:
s/"data_offsets":\[0,/"data_offsets":[-4,/ data_offsets:.expected.whole.numbers
s/"data_offsets":\[0,\([0-9]*\)\]/"data_offsets":[\1,0]/ data_offsets:.expected.a.begin
s/"data_offsets":\[\([0-9]*\),\([0-9]*\)\]/"data_offsets":[9\1,9\2]/ data_offsets:
s/^"model.norm.weight".*}}/"model.norm.weight":7}/ expected.an.object
s/^"model.norm.weight"/"model.norm"/ no.tensor.model.norm.weight
s/^"model.norm.weight"/"model.embed_tokens.weight"/ occurs.twice
s/^"model.layers.1.mlp.up_proj.weight"/"model.layers.1.mlp.up_proj.qweight"/ no.tensor.model.layers.1.mlp.up_proj.weight
s/^{/{"model.extra":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},/ data_offsets:.begins
s/^"model.norm.weight".*\(}}\)/"x":{"dtype":"F32","shape":[192],"data_offsets":[0,768]\1/ data_offsets:.begins
s/^{/[/ expected
s/^{"/{'/ expected.a.member
END

fresh
cp "$work/norm" "$bad/model-2.safetensors"
broken 'occurs twice'
wrap '{"model.extra":{"dtype":"F32","shape":[192],"data_offsets":[0,768]}}' "$work/data2" > "$bad/model-2.safetensors"
broken 'model.extra: no tensor of a Qwen2 model'

# Lengths, ends, and values.
m=$bad/model.safetensors
good=$work/hf-f32/model.safetensors size=$(wc -c < "$work/hf-f32/model.safetensors")
fresh
for n in 0 1 $((size - 7)) 5000000 9223372036854775807 -1; do
    { put_length $((n < 0 ? 0 : n)) && tail -c +9 "$good"; } > "$m"
    if [ $n = -1 ]; then { printf '\377\377\377\377\377\377\377\377' && tail -c +9 "$good"; } > "$m"; fi
    broken 'a header of'
done
{ put_length 5000000 && cat "$good" "$good" "$good"; } > "$m"
broken 'a header of 5000000 bytes, at most'
for n in 0 7 8 100 $((size / 2)) $((size - 1)); do
    head -c "$n" "$good" > "$m"
    broken 'model.safetensors'
done
{ cat "$good" && echo; } > "$m"
broken 'the tensors end here'
{ head -c $((size - 4)) "$good" && printf '\000\000\300\177'; } > "$m"
broken 'not all of 4096 values are finite'
at=$((8 + $(header_bytes "$good")))
{ head -c $at "$good" && printf '\346\261\141\177' && tail -c +$((at + 5)) "$good"; } > "$m"
broken 'too large for F16'
rm "$m"
broken 'no model'
mkdir "$m"
broken directory

for file in config.json tokenizer.json tokenizer_config.json; do
    size=$(wc -c < "$work/hf-f32/$file")
    for n in 0 1 $((size / 3)) $((size - 2)); do
        fresh
        head -c "$n" "$work/hf-f32/$file" > "$bad/$file"
        broken "$file: "
    done
done
fresh
rm "$bad/tokenizer.json"
broken 'neither tokenizer.json nor vocab.json'
rm "$bad/config.json"
broken 'config.json'

# ---- memory: a model of 100 MB of zeros in less than 64 ----

ff=131072 at=0
text='{"__metadata__":{}'
vocab=$(sed -n 's/.*"vocab_size": \([0-9]*\)/\1/p' "$work/hf-f32/config.json")
tensor() { # NAME ROWS COLS
    n=$(($2 * $3 * 4))
    text=$text$(printf ',"%s":{"dtype":"F32","shape":[%s%d],"data_offsets":[%d,%d]}' "$1" "$(if [ "$2" != 1 ]; then echo "$2,"; fi)" "$3" $at $((at + n)))
    at=$((at + n))
}
p=model.layers.0
tensor model.embed_tokens.weight "$vocab" 64
for name in input_layernorm post_attention_layernorm; do tensor $p.$name.weight 1 64; done
for name in q k v o; do tensor $p.self_attn.${name}_proj.weight 64 64; done
for name in q k v; do tensor $p.self_attn.${name}_proj.bias 1 64; done
for name in gate up; do tensor $p.mlp.${name}_proj.weight $ff 64; done
tensor $p.mlp.down_proj.weight 64 $ff
tensor model.norm.weight 1 64
fresh
wrap "$text}" /dev/null > "$bad/model.safetensors"
dd of="$bad/model.safetensors" bs=1 count=0 seek=$((8 + ${#text} + 1 + at)) if=/dev/null 2> /dev/null
for pair in hidden_size:64 intermediate_size:$ff num_attention_heads:1 num_hidden_layers:1; do
    edit config.json "s/\"${pair%:*}\":.*,/\"${pair%:*}\": ${pair#*:},/"
done
case ${EMU:-}$build in
qemu* | *san*) ;; # sanitizers and emulators map gigabytes
*)
    (
        # shellcheck disable=SC3045
        ulimit -v 65536 # kilobytes
        convert -t 1 "$bad" "$work/b" q8_0
    )
    result $? "100 MB of tensors in 64 MB of memory: $(cat "$work/err")"
    ;;
esac
rm -r "$bad"

full_disk "$out" "$co" "$work/hf-f32" "$out" q4_0

# ---- the folder that quern-mkmodel makes is whole or not there ----

"$build/quern-mkmodel" --shape tiny --type f32 --hf "$work/hf-f32" 2> "$work/err"
[ $? = 1 ] && [ "$(wc -l < "$work/err")" = 1 ] && same "$work/hf-f32"
result $? "quern-mkmodel --hf where a folder is: $(cat "$work/err")"
(
    ulimit -f 64
    "$build/quern-mkmodel" --shape tiny --type f32 --hf "$work/new" 2> "$work/err"
)
[ $? = 1 ] && [ "$(wc -l < "$work/err")" = 1 ] && [ ! -e "$work/new" ]
result $? "quern-mkmodel --hf on a full disk: $(cat "$work/err"; ls "$work/new" 2>&1)"

convert -h && grep -q q4_k_m "$work/out" && [ ! -s "$work/err" ]
result $? "-h"

finish
