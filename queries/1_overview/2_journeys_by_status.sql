-- ---
-- name     = "journeys_by_status"
-- title    = "How journeys end"
-- question = "How many journeys ended how, how many may still go on, and how long did they take?"
-- grain    = "one row per status"
-- reads    = ["journeys_in_period"]
-- chart    = { kind = "bars", label = "status", value = "journeys" }
-- [columns]
-- status                = { help = "completed, refused, dropped, or open: it may still go on", format = "text" }
-- journeys              = { help = "journeys with this status", format = "count", total = "sum" }
-- journeys_share        = { help = "share of all journeys", format = "share", total = "sum" }
-- mean_contacts         = { help = "contacts of a journey, on average", format = "number" }
-- mean_visits           = { help = "visits of a journey, on average", format = "number" }
-- mean_duration_seconds = { help = "time from first contact to end, on average", format = "seconds" }
-- ---
with
counted as (
    select
        status,
        count(*) as journeys,
        avg(contacts) as mean_contacts,
        avg(visits) as mean_visits,
        cast(avg(cast(duration_seconds as decimal(20, 6))) as double) as mean_duration_seconds
    from journeys_in_period
    group by status
),
statuses as (
    select *
    from (values (1, 'completed'), (2, 'refused'), (3, 'dropped'), (4, 'open')) as listed (place, status)
),
final as (
    select
        s.place,
        s.status,
        coalesce(c.journeys, 0) as journeys,
        cast(coalesce(c.journeys, 0) as double) / nullif(sum(c.journeys) over (), 0) as journeys_share,
        c.mean_contacts,
        c.mean_visits,
        c.mean_duration_seconds
    from statuses s
    left join counted c on c.status = s.status
)
select status, journeys, journeys_share, mean_contacts, mean_visits, mean_duration_seconds
from final
order by place
