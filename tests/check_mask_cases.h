/* The schemas that check_mask tries. */

/* NEAR: strings may be nearly full, or must differ from others: masks may then leave out tokens. */
static const struct example {
    const char *text; /* ' stands for " */
    int near;
} examples[] = {
    {"{'type': 'object', 'properties': {'temperature': {'type': 'number'}, 'alert': {'enum': ['LED', 'UART']}, 'note': {'type': 'string'}}, "
     "'required': ['temperature', 'alert'], 'additionalProperties': false}", 0},
    {"{'temperature': 'number', 'alert': ['LED', 'UART'], 'tags': ['string'], 'pos': {'x': 'integer'}, 'note': 'string?'}", 0},
    {"{'type': 'string'}", 0},
    {"{'type': 'integer'}", 0},
    {"{'type': 'number', 'minimum': -2.5, 'maximum': 1000, 'multipleOf': 0.25}", 0},
    {"{'type': 'boolean'}", 0},
    {"{'const': {'temperature': [1, 2, {'name': null}], 'unit': '\\u00b0C \\'x\\''}}", 0},
    {"{'enum': ['temperature', 'temp', 'temporary', 'humidity', '\\u6e29\\u5ea6', '\\u6e7f\\u5ea6', 1, 12, true, null, [1, 2]]}", 0},
    {"{'type': 'array', 'items': {'type': 'integer', 'minimum': 0, 'maximum': 255}, 'minItems': 2, 'maxItems': 5}", 0},
    {"{'type': 'array', 'items': {'enum': ['a', 'b', 'ab', 'abc']}, 'uniqueItems': true, 'minItems': 3}", 0},
    {"{'type': 'array', 'items': {'type': 'string', 'maxLength': 3}, 'uniqueItems': true, 'minItems': 4}", 1},
    {"{'type': 'array', 'items': {'type': 'string'}, 'uniqueItems': true, 'minItems': 2, 'maxItems': 8}", 1},
    {"{'type': 'string', 'maxLength': 7}", 0},
    {"{'type': 'string', 'maxLength': 1}", 0},
    {"{'type': 'string', 'minLength': 12, 'maxLength': 40}", 0},
    {"{'type': 'string', 'minLength': 3, 'maxLength': 3}", 0},
    {"{'type': 'string', 'minLength': 5}", 0},
    {"{'type': 'string', 'pattern': '^[a-z]{3,8}$'}", 0},
    {"{'type': 'string', 'pattern': '^\\\\S+ \\\\S+$'}", 0},
    {"{'type': 'string', 'pattern': '[0-9]{2}'}", 0},
    {"{'type': 'string', 'pattern': '^[^\\\\u4e00-\\\\u6fff]*$', 'minLength': 3}", 0},
    {"{'type': 'string', 'format': 'date-time'}", 0},
    {"{'type': 'string', 'format': 'uuid'}", 0},
    {"{'type': 'string', 'format': 'uri'}", 0},
    {"{'type': 'object'}", 1},
    {"{}", 1},
    {"{'type': 'object', 'additionalProperties': {'type': 'integer'}, 'minProperties': 2, 'maxProperties': 4}", 1},
    {"{'type': 'object', 'properties': {'name': {'type': 'string'}, 'named': {'type': 'null'}}, 'additionalProperties': "
     "{'type': 'boolean'}}", 1},
    {"{'type': 'object', 'patternProperties': {'^s_': {'type': 'string'}, '^n_': {'type': 'integer'}}, 'additionalProperties': false, "
     "'minProperties': 1}", 1},
    {"{'type': 'object', 'patternProperties': {'^x': {'type': 'string'}}, 'additionalProperties': {'type': 'integer'}, 'properties': "
     "{'temp': true, 'xy': {'minLength': 2}}, 'minProperties': 3}", 1},
    {"{'anyOf': [{'type': 'object', 'patternProperties': {'^[a-z_]+$': {'type': 'integer'}}, 'additionalProperties': false, "
     "'minProperties': 2}, {'type': 'object', 'patternProperties': {'^[A-Za-z]+$': {'type': 'null'}}, 'additionalProperties': false, "
     "'minProperties': 2}]}", 1},
    {"{'anyOf': [{'type': 'object', 'properties': {'te': {'type': 'null'}}, 'patternProperties': {'^[a-z]+$': {'type': 'integer'}}, "
     "'additionalProperties': false, 'minProperties': 2}, {'type': 'object', 'properties': {'ho': {'type': 'null'}}, 'patternProperties': "
     "{'^[A-Za-z ]+$': {'type': 'boolean'}}, 'additionalProperties': false, 'minProperties': 2}]}", 1},
    {"{'anyOf': [{'type': 'object', 'patternProperties': {'a': {'type': 'integer'}}, 'additionalProperties': false}, {'type': 'object', "
     "'properties': {'the': true, 'st': true}, 'patternProperties': {'e': {'type': 'null'}}, 'additionalProperties': false}]}", 1},
    {"{'type': 'string', 'oneOf': [{'pattern': 'cat'}, {'pattern': 'dog'}, {'pattern': 'temp'}, {'pattern': '[0-9]'}]}", 0},
    {"{'type': 'array', 'items': {'anyOf': [{'type': 'string', 'pattern': '^[a-z]*$'}, {'type': 'string', 'pattern': '^[^x]*$', "
     "'maxLength': 40}, {'type': 'string', 'pattern': '^.*\\u00e9'}]}}", 1},
    {"{'anyOf': [{'type': 'string', 'maxLength': 30}, {'type': 'integer'}, {'type': 'array', 'items': {'type': 'string'}}]}", 0},
    {"{'anyOf': [{'type': 'string', 'maxLength': 2}, {'type': 'string', 'minLength': 20}, {'type': 'string', 'pattern': '^[a-z]*$'}]}", 0},
    {"{'anyOf': [{'type': 'string', 'maxLength': 500}, {'type': 'string', 'pattern': '^[a-z]*$'}]}", 0},
    {"{'type': 'array', 'items': {'anyOf': [{'const': 'temperature'}, {'type': 'string'}]}, 'maxItems': 3}", 0},
    {"{'$defs': {'t': {'type': 'object', 'properties': {'value': {'type': 'string'}, 'next': {'anyOf': [{'type': 'null'}, {'$ref': "
     "'#/$defs/t'}]}}, 'required': ['value', 'next'], 'additionalProperties': false}}, '$ref': '#/$defs/t'}", 0},
    {"{'type': 'object', 'properties': {'a': {'type': 'integer'}, 'b': {'type': 'integer'}, 'c': {'type': 'integer'}}, 'minProperties': 2, "
     "'additionalProperties': false}", 0},
    {"{'type': 'array', 'prefixItems': [{'type': 'string'}, {'type': 'number'}, {'enum': ['N', 'S']}], 'minItems': 3, 'items': false}", 0},
    {"{'oneOf': [{'type': 'object', 'properties': {'kind': {'const': 'circle'}, 'r': {'type': 'number', 'minimum': 0}}, 'required': ['kind', "
     "'r'], 'additionalProperties': false}, {'type': 'object', 'properties': {'kind': {'const': 'circus'}, 'seats': {'type': 'integer'}}, "
     "'required': ['kind', 'seats'], 'additionalProperties': false}]}", 0},
    {"{'type': 'array', 'items': {'type': 'integer', 'minimum': 1, 'maximum': 12}, 'uniqueItems': true, 'minItems': 5, 'maxItems': 5}", 0},
};
enum { N_EXAMPLES = sizeof examples / sizeof *examples };
