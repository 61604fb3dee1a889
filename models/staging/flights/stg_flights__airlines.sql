with

source as (
    select * from {{ source('flights', 'airlines') }}
),

renamed as (
    select
        source.carrier as carrier,
        source.name as carrier_name,
    from source
)

select * from renamed
