-- ---
-- name     = "drop_off_rate_by_week"
-- title    = "Drop-off rate by week"
-- question = "Is the share of journeys that are dropped rising or falling, and which weeks are too young to tell?"
-- grain    = "one row per week of the journeys' start, from Monday"
-- reads    = ["journeys", "settings"]
-- chart    = { kind = "lines", x = "week", y = "mature_rate" }
-- [params]
-- since = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until = { type = "date", help = "last day of the journeys' start, exclusive" }
-- open  = { type = "float", help = "a week is not mature while a larger share of its journeys is open", default = "0.01" }
-- [columns]
-- week          = { help = "Monday of the week in which the journeys started", format = "time" }
-- journeys      = { help = "journeys that started in this week", format = "count", total = "sum" }
-- closed        = { help = "journeys that are not open", format = "count", total = "sum" }
-- open          = { help = "journeys that may still go on", format = "count", total = "sum" }
-- dropped       = { help = "journeys that were dropped", format = "count", total = "sum" }
-- drop_off_rate = { help = "dropped ÷ closed; of a young week too low, as completing is quicker than dropping off", format = "share", total = ["dropped", "closed"] }
-- low           = { help = "rate, lower end of the 95% interval", format = "share" }
-- high          = { help = "rate, upper end of the 95% interval", format = "share" }
-- is_mature     = { help = "whether nearly all journeys of the week have had the time to be dropped", format = "text" }
-- mature_rate   = { help = "the rate, of mature weeks only", format = "share" }
-- ---
-- A journey counts as dropped only when its gap has passed in silence, but as completed at once. A week is mature when its
-- last day and the gap lie before the horizon, and hardly a journey of it is open. Interval: Wilson (1927).
with
counted as (
    select
        date_trunc('week', cast(started_at as timestamp(6) with time zone)) as week,
        count(*) as journeys,
        count(*) filter (where status <> 'open') as closed,
        count(*) filter (where status = 'open') as open,
        count(*) filter (where status = 'dropped') as dropped
    from journeys
    where ($since is null or started_at >= cast($since as timestamp(6) with time zone))
      and ($until is null or started_at < cast($until as timestamp(6) with time zone))
    group by 1
),
rated as (
    select
        *,
        cast(dropped as double) / nullif(closed, 0) as drop_off_rate,
        extract(epoch from week + interval '7 days') + gap_seconds <= extract(epoch from horizon)
            and open <= $open * journeys as is_mature
    from counted
    cross join settings
),
final as (
    select
        cast(week as date) as week,
        journeys,
        closed,
        open,
        dropped,
        drop_off_rate,
        wilson_low(dropped, closed) as low,
        wilson_high(dropped, closed) as high,
        is_mature,
        case when is_mature then drop_off_rate end as mature_rate
    from rated
)
select *
from final
order by week
