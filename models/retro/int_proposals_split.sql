with

incidents as (
    select * from {{ ref('int_proposal_incidents') }}
    where is_reviewed and monitor_id is not null
),

ways as (
    select
        incidents.monitor_id,
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        incidents.resolution,
        count(*) as times,
        sum(incidents.minutes) as minutes,
        sum(incidents.recorded_minutes) as recorded_minutes,
        max(incidents.weeks) as weeks
    from incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    where dimensions.dimension like incidents.monitor_id || '.%'
    group by
        incidents.monitor_id,
        dimensions.dimension,
        {{ dimension_value('incidents') }},
        incidents.resolution
),

compared as (
    select
        *,
        sum(times) over (partition by dimension, dimension_value) as reviewed,
        sum(minutes) over (partition by dimension, dimension_value) as all_minutes,
        sum(recorded_minutes) over (partition by dimension, dimension_value) as all_recorded,
        row_number() over (
            partition by dimension, dimension_value order by times desc, resolution asc
        ) as place
    from ways
),

-- Each segment that mostly ends one way.
segments as (
    select * from compared
    where
        place = 1
        and dimension_value not in ('(none)', '(other)')
        and reviewed >= {{ threshold('split_reviewed') }}
        and times >= {{ threshold('split_share') }} * reviewed
),

first_of_a_way as (
    select
        *,
        row_number() over (
            partition by dimension, resolution order by reviewed desc, dimension_value asc
        ) as place_in_way
    from segments
),

-- The two largest that end in different ways.
differing as (
    select
        *,
        row_number() over (
            partition by dimension order by reviewed desc, dimension_value asc
        ) as place_in_dimension
    from first_of_a_way
    where place_in_way = 1
),

pairs as (
    select
        monitor_id,
        dimension,
        max(weeks) as weeks,
        count(*) as found,
        sum(reviewed) as reviewed,
        sum(all_minutes) as minutes,
        {{ share('coalesce(sum(all_recorded), 0)', 'sum(all_minutes)') }} as recorded_share,
        max(case when place_in_dimension = 1 then dimension_value end) as one,
        max(case when place_in_dimension = 1 then resolution end) as one_way,
        max(case when place_in_dimension = 1 then times end) as one_times,
        max(case when place_in_dimension = 1 then reviewed end) as one_reviewed,
        max(case when place_in_dimension = 2 then dimension_value end) as other,
        max(case when place_in_dimension = 2 then resolution end) as other_way,
        max(case when place_in_dimension = 2 then times end) as other_times,
        max(case when place_in_dimension = 2 then reviewed end) as other_reviewed
    from differing
    where place_in_dimension <= 2
    group by monitor_id, dimension
),

proposals as (
    select
        'split:' || dimension as proposal_key,
        'split' as kind,
        'monitor' as dimension,
        monitor_id as dimension_value,
        'Split ' || monitor_id || ' by ' || substr(dimension, length(monitor_id) + 2) as title,
        one || ' ends as "' || one_way || '" ' || {{ whole_text('one_times') }} || ' of '
        || {{ whole_text('one_reviewed') }} || ' times, ' || other || ' as "' || other_way || '" '
        || {{ whole_text('other_times') }} || ' of ' || {{ whole_text('other_reviewed') }} || '.'
            as reason,
        minutes / weeks as stake_minutes,
        recorded_share,
        cast(reviewed as double precision) / weeks as stake_incidents,
        'resolve' as metric,
        cast(-0.2 as double precision) as target_change
    from pairs
    where found = 2
)

select * from proposals
