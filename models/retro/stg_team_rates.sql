select
    team,
    valid_from,
    valid_to,
    per_hour,
    currency
from {{ source('opsloop_rates', 'team_rates') }}
