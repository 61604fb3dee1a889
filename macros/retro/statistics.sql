{#
    One end of the 95 % Wilson interval of a share, null without trials.
    `side` is -1 for the lower end and 1 for the upper.
#}
{% macro wilson_bound(successes, trials, side) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set n = 'cast(nullif(' ~ trials ~ ', 0) as double precision)' -%}
    {%- set p = '(' ~ successes ~ ' / ' ~ n ~ ')' -%}
    {%- set spread = p ~ ' * (1 - ' ~ p ~ ') / ' ~ n
        ~ ' + ' ~ z * z / 4 ~ ' / (' ~ n ~ ' * ' ~ n ~ ')' -%}
    {{ without_dust(
        '(' ~ p ~ ' + ' ~ z * z / 2 ~ ' / ' ~ n ~ ' + ' ~ side * z ~ ' * sqrt(' ~ spread ~ '))'
        ~ ' / (1 + ' ~ z * z ~ ' / ' ~ n ~ ')'
    ) }}
{%- endmacro %}


{# A part of a whole between 0 and 1, null where the whole is nothing. #}
{% macro share(part, whole) -%}
    {{ part }} / cast(nullif({{ whole }}, 0) as double precision)
{%- endmacro %}


{# A share without what binary arithmetic leaves behind the twelfth digit, so that 1/2 is 1/2. #}
{% macro without_dust(share) -%}
    cast(cast({{ share }} as decimal(18, 12)) as double precision)
{%- endmacro %}
