-- ---
-- name     = "drop_off_rate_has_risen"
-- title    = "The drop-off rate has risen"
-- question = "Was a larger share of last week's journeys dropped than in the weeks before, by more than chance?"
-- grain    = "one row where it was; the week is the last one that is mature"
-- reads    = ["journeys", "settings"]
-- [params]
-- weeks = { type = "int", help = "how many weeks before to compare with", default = "4" }
-- p     = { type = "float", help = "the largest p value that alerts", default = "0.01" }
-- rise  = { type = "float", help = "the smallest rise that alerts, as a share of the rate before", default = "0.1" }
-- open  = { type = "float", help = "a week is not mature while a larger share of its journeys is open", default = "0.01" }
-- [columns]
-- week           = { help = "Monday of the last mature week", format = "time" }
-- closed         = { help = "journeys that started in that week and are not open", format = "count" }
-- dropped        = { help = "those that were dropped", format = "count" }
-- rate           = { help = "dropped ÷ closed", format = "share" }
-- before_closed  = { help = "journeys of the weeks before that are not open", format = "count" }
-- before_dropped = { help = "those that were dropped", format = "count" }
-- before_rate    = { help = "before_dropped ÷ before_closed", format = "share" }
-- rise           = { help = "rate ÷ before_rate - 1", format = "share" }
-- p_value        = { help = "chance of a difference at least this large, had nothing changed", format = "chance" }
-- ---
-- Mature is as in `drop_off_rate_by_week`. A week that the logs begin in is left out: its first days are missing.
-- Test: two proportions, pooled, two-sided. It takes journeys as independent; where weeks differ by more than chance anyway,
-- raise `rise`.
with
counted as (
    select
        date_trunc('week', cast(started_at as timestamp(6) with time zone)) as week,
        min(started_at) as first_at,
        count(*) as journeys,
        count(*) filter (where status <> 'open') as closed,
        count(*) filter (where status = 'open') as open,
        count(*) filter (where status = 'dropped') as dropped
    from journeys
    group by 1
),
whole as (
    select
        *,
        min(first_at) over () < week + interval '1 day' as begins_before
    from counted
),
mature as (
    select
        week,
        cast(closed as double) as closed,
        cast(dropped as double) as dropped,
        row_number() over (order by week desc) as weeks_ago
    from whole
    cross join settings
    where begins_before
      and extract(epoch from week + interval '7 days') + gap_seconds <= extract(epoch from horizon)
      and open <= $open * journeys
),
compared as (
    select
        max(week) as week,
        count(*) as weeks,
        sum(closed) filter (where weeks_ago = 1) as closed,
        sum(dropped) filter (where weeks_ago = 1) as dropped,
        sum(closed) filter (where weeks_ago > 1) as before_closed,
        sum(dropped) filter (where weeks_ago > 1) as before_dropped,
        sum(dropped) / nullif(sum(closed), 0) as rate_of_both
    from mature
    where weeks_ago <= $weeks + 1
),
tested as (
    select
        *,
        dropped / nullif(closed, 0) as rate,
        before_dropped / nullif(before_closed, 0) as before_rate,
        sqrt(
            rate_of_both * (1 - rate_of_both) * (1 / nullif(closed, 0) + 1 / nullif(before_closed, 0))
        ) as deviation
    from compared
    where weeks = $weeks + 1
),
final as (
    select
        cast(week as date) as week,
        cast(closed as bigint) as closed,
        cast(dropped as bigint) as dropped,
        rate,
        cast(before_closed as bigint) as before_closed,
        cast(before_dropped as bigint) as before_dropped,
        before_rate,
        rate / nullif(before_rate, 0) - 1 as rise,
        normal_p_value((rate - before_rate) / nullif(deviation, 0)) as p_value
    from tested
)
select *
from final
where rate > before_rate
  and (before_rate = 0 or rise >= $rise)
  and p_value <= $p
order by week
