{%- set built = facts_built() -%}
with

signatures as (
    select * from {{ ref('int_incident_signatures') }}
),

built as (
    {% if built is none %}
        select
            *,
            false as is_ageing
        from signatures
        where 1 = 0
    {% else %}
        select * from {{ built }}
    {% endif %}
),

-- What has not ended grows older; what is gone has facts no more.
changed as (
    select coalesce(signatures.incident_id, built.incident_id) as incident_id
    from signatures
    full join built on signatures.incident_id = built.incident_id
    where
        signatures.incident_id is null
        or built.incident_id is null
        or built.is_ageing
        {% for column in [
            'log_rows', 'undone_rows', 'log_fingerprint', 'log_ends_at', 'entity_type',
            'event_log_rows', 'event_log_fingerprint', 'evidence',
        ] %}
            or signatures.{{ column }} is distinct from built.{{ column }}
        {% endfor %}
)

select * from changed
