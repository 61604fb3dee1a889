with

source as (
    select * from {{ source('flights', 'weather') }}
),

renamed as (
    select
        source.origin as station,
        source.time_hour as observed_at,
        source.temp as temperature_fahrenheit,
        -- A gust of 1,048 mph is a broken sensor, not a storm.
        case when source.wind_speed < 200 then source.wind_speed end as wind_speed_mph,
        source.wind_gust as wind_gust_mph,
        source.precip as precipitation_inches,
        source.visib as visibility_miles,
    from source
),

-- An observation is known from the hour that it is about.
known as (
    select * from renamed
    where renamed.observed_at <= {{ as_of() }}
)

select * from known
