{%- set kinds = [
    'automate', 'tune', 'retire', 'split', 'merge', 'write_runbook', 'fix_at_source',
    'move_capacity',
] -%}
with

proposals as (
    {% for kind in kinds %}
        select
            proposal_key,
            kind,
            dimension,
            dimension_value,
            title,
            reason,
            cast(stake_minutes as double precision) as stake_minutes,
            cast(recorded_share as double precision) as recorded_share,
            cast(stake_incidents as double precision) as stake_incidents,
            metric,
            cast(target_change as double precision) as target_change
        from {{ ref('int_proposals_' ~ kind) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A monitor that nobody needs any more needs no other change.
needed as (
    select proposals.*
    from proposals
    left join {{ ref('int_proposals_retire') }} as retired
        on
            proposals.dimension = 'monitor'
            and proposals.kind <> 'retire'
            and proposals.dimension_value = retired.dimension_value
    where retired.dimension_value is null
),

ranked as (
    select
        proposal_key,
        kind,
        dimension,
        dimension_value,
        title,
        reason,
        stake_minutes,
        recorded_share,
        stake_incidents,
        row_number() over (
            order by
                coalesce(stake_minutes, 0) desc,
                stake_incidents desc,
                proposal_key asc
        ) as rank,
        metric,
        target_change
    from needed
)

select * from ranked
