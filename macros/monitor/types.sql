{# Column types that widen without loss: a type is read into a shape, shapes are compared. #}

{# {family, bits, digits, scale} of an engine's type name. #}
{% macro type_shape(type) %}
    {%- set name = type | lower | replace('"', '') | trim -%}
    {%- set integers = {
        'tinyint': [8, 3], 'smallint': [16, 5], 'integer': [32, 10], 'bigint': [64, 19],
        'hugeint': [128, 39], 'utinyint': [9, 3], 'usmallint': [17, 5], 'uinteger': [33, 10],
        'ubigint': [65, 20], 'uhugeint': [129, 39], 'int': [32, 10], 'long': [64, 19],
    } -%}
    {%- set floats = {'real': 24, 'float': 24, 'double': 53, 'double precision': 53} -%}
    {%- if name == 'null' -%}{{ return({'family': 'null'}) }}{%- endif -%}
    {%- if name in integers -%}
        {{ return({
            'family': 'integer', 'bits': integers[name][0], 'digits': integers[name][1],
            'is_unsigned': name.startswith('u'), 'scale': 0,
        }) }}
    {%- endif -%}
    {%- if name in floats -%}{{ return({'family': 'float', 'bits': floats[name]}) }}{%- endif -%}
    {%- if name.startswith('decimal') or name.startswith('numeric') -%}
        {%- set sizes = modules.re.findall('-?\\d+', name) | map('int') | list -%}
        {#- Postgres: no size means any size #}
        {%- set sizes = sizes or [2000, 1000] -%}
        {{ return({'family': 'decimal', 'digits': sizes[0] - sizes[1], 'scale': sizes[1]}) }}
    {%- endif -%}
    {#- the values of an enum come and go: it is kept as text #}
    {%- set texts = '(text|string|var|char|bpchar|name$|enum\\()' -%}
    {%- if modules.re.match(texts, name) and '[' not in name -%}
        {{ return({'family': 'text'}) }}
    {%- endif -%}
    {%- if name.startswith('timestamp') -%}
        {%- set is_zoned = 'with time zone' in name or name == 'timestamptz' -%}
        {{ return({'family': 'zoned' if is_zoned and '[' not in name else 'timestamp'}) }}
    {%- endif -%}
    {{ return({'family': name if name in ['date', 'boolean', 'uuid'] else 'other'}) }}
{% endmacro %}


{# True if every value of one shape is also a value of the other. #}
{% macro shape_fits(shape, into) %}
    {%- set families = [shape.family, into.family] -%}
    {%- if shape.family == 'null' -%}{{ return(true) }}{%- endif -%}
    {%- if families == ['integer', 'integer'] -%}
        {#- an unsigned type counts as one bit wider, and holds no signed one #}
        {{ return(shape.bits <= into.bits and (shape.is_unsigned or not into.is_unsigned)) }}
    {%- endif -%}
    {%- if into.family == 'decimal' and shape.family in ['integer', 'decimal'] -%}
        {{ return(shape.digits <= into.digits and shape.scale <= into.scale) }}
    {%- endif -%}
    {%- if families == ['integer', 'float'] or families == ['float', 'float'] -%}
        {{ return(shape.bits <= into.bits) }}
    {%- endif -%}
    {%- if families == ['decimal', 'float'] -%}
        {#- fifteen digits come back from a double as they went in #}
        {{ return(into.bits == 53 and shape.digits + shape.scale <= 15) }}
    {%- endif -%}
    {{ return(families == ['date', 'timestamp'] or families == ['text', 'text']) }}
{% endmacro %}


{# The type that holds both the stored and the selected values of a column; none if none does. #}
{% macro wider_type(stored_type, selected_type) %}
    {%- if stored_type == selected_type -%}{{ return(stored_type) }}{%- endif -%}
    {%- set stored = type_shape(stored_type) -%}
    {%- set selected = type_shape(selected_type) -%}
    {%- if shape_fits(selected, stored) -%}{{ return(stored_type) }}{%- endif -%}
    {%- if shape_fits(stored, selected) -%}{{ return(evidence_type(selected_type)) }}{%- endif -%}
    {%- set exact = ['integer', 'decimal'] -%}
    {%- if stored.family in exact and selected.family in exact -%}
        {%- set scale = [stored.scale, selected.scale] | max -%}
        {%- set digits = [stored.digits, selected.digits] | max -%}
        {{ return('decimal(' ~ (digits + scale) ~ ', ' ~ scale ~ ')'
            if digits + scale <= 38 else none) }}
    {%- endif -%}
    {#- text holds whatever was stored so far; the way back would lose the type #}
    {%- set printable = ['integer', 'decimal', 'float', 'boolean', 'date', 'timestamp', 'uuid'] -%}
    {%- set is_printable = selected.family == 'text' and stored.family in printable -%}
    {{ return(dbt.type_string() if is_printable else none) }}
{% endmacro %}


{# The type to store a column of the SELECT with. Lengths of texts are no part of evidence. #}
{% macro evidence_type(type) %}
    {{ return(dbt.type_string() if type_shape(type).family in ['text', 'null'] else type) }}
{% endmacro %}
