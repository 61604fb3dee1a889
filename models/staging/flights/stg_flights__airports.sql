with

source as (
    select * from {{ source('flights', 'airports') }}
),

renamed as (
    select
        faa as airport,
        name as airport_name,
        tz as standard_utc_offset_hours,
        dst = 'A' as has_daylight_saving
    from source
),

-- The source leaves out the four airports of Puerto Rico and the Virgin Islands that are flown to.
left_out as (
    select
        listed.airport,
        listed.airport_name,
        -4 as standard_utc_offset_hours,
        false as has_daylight_saving
    from (
        values
        ('BQN', 'Rafael Hernandez'),
        ('PSE', 'Mercedita'),
        ('SJU', 'Luis Munoz Marin Intl'),
        ('STT', 'Cyril E King')
    ) as listed (airport, airport_name)
),

completed as (
    select
        renamed.airport,
        renamed.airport_name,
        renamed.standard_utc_offset_hours,
        renamed.has_daylight_saving
    from renamed

    union all

    select
        left_out.airport,
        left_out.airport_name,
        left_out.standard_utc_offset_hours,
        left_out.has_daylight_saving
    from left_out
    left join renamed on left_out.airport = renamed.airport
    where renamed.airport is null
)

select * from completed
