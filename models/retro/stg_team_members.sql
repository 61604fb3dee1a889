select
    team,
    person
from {{ source('opsloop_roster', 'team_members') }}
