-- ---
-- name     = "drop_off_rate_by_week"
-- title    = "Drop-off rate by week"
-- question = "Is the share of journeys that are dropped rising or falling, and which weeks are too young to tell?"
-- grain    = "one row per week of the journeys' start, from Monday"
-- reads    = ["journeys_in_period", "settings"]
-- chart    = { kind = "lines", x = "week", y = "drop_off_rate" }
-- [columns]
-- week          = { help = "Monday of the week in which the journeys started", format = "time" }
-- journeys      = { help = "journeys that started in this week", format = "count", total = "sum" }
-- open          = { help = "journeys that may still go on", format = "count", total = "sum" }
-- dropped       = { help = "journeys that were dropped", format = "count", total = "sum" }
-- is_mature     = { help = "whether the whole week lies before the moment up to which rates count", format = "text" }
-- mature        = { help = "those of them that rates count: mature, not open, no piece of a case that names several clients", format = "count", total = "sum" }
-- mature_drops  = { help = "those of them that were dropped", format = "count", total = "sum" }
-- drop_off_rate = { help = "mature_drops ÷ mature; blank where the week is not mature", format = "share", total = ["mature_drops", "mature"] }
-- low           = { help = "rate, lower end of the 95% interval", format = "share" }
-- high          = { help = "rate, upper end of the 95% interval", format = "share" }
-- ---
-- Interval: Wilson (1927).
with
counted as (
    select
        date_trunc('week', cast(started_at as timestamp(6) with time zone)) as week,
        count(*) as journeys,
        count(*) filter (where status = 'open') as open,
        count(*) filter (where status = 'dropped') as dropped,
        count(*) filter (where is_mature and status <> 'open') as mature,
        count(*) filter (where is_mature and status = 'dropped') as mature_drops
    from journeys_in_period
    group by 1
),
weeks as (
    select
        c.*,
        c.week + interval '7 days' <= s.mature_until as is_mature
    from counted c
    cross join settings s
),
final as (
    select
        cast(week as date) as week,
        journeys,
        open,
        dropped,
        is_mature,
        mature,
        mature_drops,
        case when is_mature then cast(mature_drops as double) / nullif(mature, 0) end as drop_off_rate,
        case when is_mature then wilson_low(mature_drops, mature) end as low,
        case when is_mature then wilson_high(mature_drops, mature) end as high
    from weeks
)
select *
from final
order by week
