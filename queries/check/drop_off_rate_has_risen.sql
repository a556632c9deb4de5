-- ---
-- name     = "drop_off_rate_has_risen"
-- title    = "The drop-off rate has risen"
-- question = "Was a larger share of last week's journeys dropped than in the weeks before, by more than weeks differ anyway?"
-- grain    = "one row where it was; the week is the last one that is mature"
-- reads    = ["journeys", "settings"]
-- [params]
-- weeks = { type = "int", help = "how many weeks before to compare with, at most; fewer than 4 are too few", default = "26" }
-- p     = { type = "float", help = "the largest chance of a false alarm in a year of weekly looks", default = "0.05" }
-- rise  = { type = "float", help = "the smallest rise that alerts, as a share of the rate before", default = "0.1" }
-- [columns]
-- week           = { help = "Monday of the last mature week", format = "time" }
-- mature         = { help = "journeys that started in that week and are not open", format = "count" }
-- dropped        = { help = "those that were dropped", format = "count" }
-- rate           = { help = "dropped ÷ mature", format = "share" }
-- weeks_before   = { help = "how many weeks it is compared with", format = "count" }
-- before_mature  = { help = "journeys of these weeks that are not open", format = "count" }
-- before_dropped = { help = "those that were dropped", format = "count" }
-- before_rate    = { help = "before_dropped ÷ before_mature", format = "share" }
-- rise           = { help = "rate ÷ before_rate - 1", format = "change" }
-- p_value        = { help = "chance of a rise at least this large in one week, had nothing changed but what changes from week to week", format = "chance" }
-- ---
-- Mature is as in `drop_off_rate_by_week`. A week that the logs begin in is left out: its first days are missing.
-- Test: two proportions, pooled, one-sided, with the dispersion of the weeks before, by Student's t. A year has 52 looks, of
-- which none may alert by chance more often than `p` says (Šidák 1967). It takes weeks as independent of each other, and alike.
-- A week in which fewer than 5 drop-offs would be expected, had nothing changed, is not tested.
with
counted as (
    select
        date_trunc('week', cast(started_at as timestamp(6) with time zone)) as week,
        min(started_at) as first_at,
        count(*) filter (where is_mature and status <> 'open') as closed,
        count(*) filter (where is_mature and status = 'dropped') as dropped
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
        closed,
        dropped,
        row_number() over (order by week desc) as weeks_ago
    from whole
    cross join settings
    where begins_before
      and week + interval '7 days' <= mature_until
),
compared as (
    select
        max(week) as week,
        count(*) - 1 as weeks_before,
        sum(closed) filter (where weeks_ago = 1) as closed,
        sum(dropped) filter (where weeks_ago = 1) as dropped,
        sum(closed) filter (where weeks_ago > 1) as before_closed,
        sum(dropped) filter (where weeks_ago > 1) as before_dropped,
        cast(sum(dropped) as double) / nullif(sum(closed), 0) as rate_of_both,
        dispersion(1, dropped, closed) filter (where weeks_ago > 1) as spread
    from mature
    where weeks_ago <= $weeks + 1
),
tested as (
    select
        *,
        cast(dropped as double) / nullif(closed, 0) as rate,
        cast(before_dropped as double) / nullif(before_closed, 0) as before_rate,
        sqrt(
            spread['factor'] * rate_of_both * (1 - rate_of_both)
                * (1 / nullif(cast(closed as double), 0) + 1 / nullif(cast(before_closed as double), 0))
        ) as deviation
    from compared
    where weeks_before >= 4
      and rate_of_both * closed >= least_expected()
      and rate_of_both * before_closed >= least_expected()
),
final as (
    select
        cast(week as date) as week,
        closed as mature,
        dropped,
        rate,
        weeks_before,
        before_closed as before_mature,
        before_dropped,
        before_rate,
        rate / nullif(before_rate, 0) - 1 as rise,
        t_p_value((rate - before_rate) / nullif(deviation, 0), cast(spread['degrees'] as double)) / 2 as p_value
    from tested
)
select *
from final
where rate > before_rate
  and (before_rate = 0 or rise >= $rise)
  and p_value <= 1 - power(1 - $p, 1.0 / 52)
order by week
