with

-- all columns of it, whatever they are
incidents as (
    select
        *,
        coalesce(log_ends_at, {{ as_of() }}) as known_until
    from {{ ref('int_incidents') }}
),

-- What grows from day to day while nothing is written.
aged as (
    select
        *,
        case when is_open then {{ seconds_until('opened_at', 'known_until') }} end as age_seconds
    from incidents
)

select * from aged  -- noqa: AM04
