-- ---
-- name     = "overview"
-- title    = "The logs and the journeys in figures"
-- question = "How much was read, how many journeys were rebuilt from it, and how did they end?"
-- grain    = "one row per measure; rows read are the sum of the six below them; company contacts outside journeys, and what came after the horizon, are in no journey"
-- reads    = ["files", "steps", "settings"]
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
        coalesce(sum(skipped), 0) as skipped,
        coalesce(sum(rejected), 0) as rejected,
        coalesce(sum(duplicates), 0) as duplicates,
        coalesce(sum(kept), 0) as kept,
        coalesce(sum(without_client), 0) as without_client,
        min(first_at) as first_at,
        max(latest_at) as latest_at
    from files
),
-- the only pass over the contacts: a journey is counted at its first contact, a client at their first journey's
totals as (
    select
        count(*) as in_journeys,
        count(*) filter (where exit = 'moved') as moves,
        count(*) filter (where position = 1 and journey_number = 1) as clients,
        count(*) filter (where position = 1) as journeys,
        count(*) filter (where position = 1 and status = 'completed') as completed,
        count(*) filter (where position = 1 and status = 'refused') as refused,
        count(*) filter (where position = 1 and status = 'dropped') as dropped,
        count(*) filter (where position = 1 and status = 'open') as open,
        count(*) filter (where position = 1 and journey_is_mature) as mature,
        count(*) filter (where position = 1 and journey_is_mature and status = 'open') as mature_open,
        count(*) filter (where position = 1 and journey_is_mature and status = 'dropped') as mature_dropped
    from steps
),
measures as (
    select *
    from (
        values
            (1, 'rows read', null),
            (2, 'skipped', 'rows read'),
            (3, 'rejected', 'rows read'),
            (4, 'duplicates', 'rows read'),
            (5, 'without client', 'rows read'),
            (6, 'in no journey', 'rows read'),
            (7, 'in journeys', 'rows read'),
            (8, 'clients', null),
            (9, 'journeys', null),
            (10, 'completed', 'journeys'),
            (11, 'refused', 'journeys'),
            (12, 'dropped', 'journeys'),
            (13, 'open', 'journeys'),
            (14, 'mature journeys', 'journeys'),
            (15, 'mature and open', 'mature journeys'),
            (16, 'mature and closed', 'mature journeys'),
            (17, 'drop-off rate', 'mature and closed'),
            (18, 'cases that name several clients', null),
            (19, 'moves between channels', null),
            (20, 'first contact', null),
            (21, 'latest contact', null),
            (22, 'horizon', null),
            (23, 'mature before', null)
    ) as listed (place, measure, share_of)
),
filled as (
    select
        place,
        measure,
        share_of,
        case measure
            when 'rows read' then read
            when 'skipped' then skipped
            when 'rejected' then rejected
            when 'duplicates' then duplicates
            when 'without client' then without_client
            when 'in no journey' then kept - without_client - in_journeys
            when 'in journeys' then in_journeys
            when 'clients' then clients
            when 'journeys' then journeys
            when 'completed' then completed
            when 'refused' then refused
            when 'dropped' then dropped
            when 'open' then open
            when 'mature journeys' then mature
            when 'mature and open' then mature_open
            when 'mature and closed' then mature - mature_open
            when 'drop-off rate' then mature_dropped
            when 'cases that name several clients' then split_cases
            when 'moves between channels' then moves
        end as value,
        case share_of
            when 'rows read' then read
            when 'journeys' then journeys
            when 'mature journeys' then mature
            when 'mature and closed' then mature - mature_open
        end as whole,
        case measure
            when 'first contact' then first_at
            when 'latest contact' then latest_at
            when 'horizon' then horizon
            when 'mature before' then mature_until
        end as moment
    from measures
    cross join log
    cross join totals
    cross join settings
),
final as (
    select
        place,
        measure,
        value,
        cast(value as double) / nullif(whole, 0) as share,
        share_of,
        moment
    from filled
)
select measure, value, share, share_of, moment
from final
order by place
