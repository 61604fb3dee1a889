with

source as (
    select * from {{ source('flights', 'planes') }}
),

renamed as (
    select
        tailnum as aircraft_id,
        manufacturer,
        model,
        year as built_year,
        seats
    from source
)

select * from renamed
