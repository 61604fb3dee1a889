with

source as (
    select * from {{ source('flights', 'planes') }}
),

renamed as (
    select
        source.tailnum as aircraft_id,
        source.manufacturer,
        source.model,
        source.year as built_year,
        source.seats,
    from source
)

select * from renamed
