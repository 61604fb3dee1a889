with

source as (
    select * from {{ source('flights', 'weather') }}
),

renamed as (
    select
        origin as station,
        time_hour as observed_at,
        temp as temperature_fahrenheit,
        -- A gust of 1,048 mph is a broken sensor, not a storm.
        case when wind_speed < 200 then wind_speed end as wind_speed_mph,
        wind_gust as wind_gust_mph,
        precip as precipitation_inches,
        visib as visibility_miles
    from source
),

-- An observation is known from the hour that it is about.
known as (
    select * from renamed
    where observed_at <= {{ as_of() }}
)

select * from known
