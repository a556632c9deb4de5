-- ---
-- name     = "overview"
-- title    = "The logs and the journeys in figures"
-- question = "How much was read, how many journeys were rebuilt from it, and how did they end?"
-- grain    = "one row per measure"
-- reads    = ["files", "steps", "journeys", "settings"]
-- [columns]
-- measure  = { help = "what is counted", format = "text" }
-- value    = { help = "how many", format = "count" }
-- share    = { help = "value as a share of what `share_of` names", format = "share" }
-- share_of = { help = "the whole that the share is of", format = "text" }
-- moment   = { help = "for measures that are a moment", format = "time" }
-- ---
with
-- every row of every log
log as (
    select
        coalesce(sum(read), 0) as read,
        coalesce(sum(rejected), 0) as rejected,
        coalesce(sum(without_client), 0) as without_client,
        min(first_at) as first_at,
        max(latest_at) as latest_at
    from files
),
contact_totals as (
    select
        count(*) as in_journeys,
        count(*) filter (where exit = 'moved') as moves
    from steps
),
-- journeys come client by client: grouping them is a running count, not a distinct count held in memory
clients as (
    select
        client,
        count(*) as journeys,
        count(*) filter (where status = 'completed') as completed,
        count(*) filter (where status = 'refused') as refused,
        count(*) filter (where status = 'dropped') as dropped,
        count(*) filter (where status = 'open') as open
    from journeys
    group by client
),
journey_totals as (
    select
        count(*) as clients,
        coalesce(sum(journeys), 0) as journeys,
        coalesce(sum(completed), 0) as completed,
        coalesce(sum(refused), 0) as refused,
        coalesce(sum(dropped), 0) as dropped,
        coalesce(sum(open), 0) as open
    from clients
),
measures as (
    select *
    from (
        values
            (1, 'contacts read', null),
            (2, 'rejected', 'contacts read'),
            (3, 'without client', 'contacts read'),
            (4, 'kept in journeys', 'contacts read'),
            (5, 'clients', null),
            (6, 'journeys', null),
            (7, 'completed', 'journeys'),
            (8, 'refused', 'journeys'),
            (9, 'dropped', 'journeys'),
            (10, 'open', 'journeys'),
            (11, 'drop-off rate', 'journeys that are not open'),
            (12, 'moves between channels', null),
            (13, 'first contact', null),
            (14, 'latest contact', null),
            (15, 'horizon', null)
    ) as listed (place, measure, share_of)
),
filled as (
    select
        place,
        measure,
        share_of,
        case measure
            when 'contacts read' then read
            when 'rejected' then rejected
            when 'without client' then without_client
            when 'kept in journeys' then in_journeys
            when 'clients' then clients
            when 'journeys' then journeys
            when 'completed' then completed
            when 'refused' then refused
            when 'dropped' then dropped
            when 'open' then open
            when 'moves between channels' then moves
        end as value,
        case share_of
            when 'contacts read' then read
            when 'journeys' then journeys
            when 'journeys that are not open' then journeys - open
        end as whole,
        case measure
            when 'first contact' then first_at
            when 'latest contact' then latest_at
            when 'horizon' then horizon
        end as moment,
        dropped
    from measures
    cross join log
    cross join contact_totals
    cross join journey_totals
    cross join settings
),
final as (
    select
        place,
        measure,
        value,
        cast(case measure when 'drop-off rate' then dropped else value end as double) / nullif(whole, 0) as share,
        share_of,
        moment
    from filled
)
select measure, value, share, share_of, moment
from final
order by place
