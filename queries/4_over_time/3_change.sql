-- ---
-- name     = "change"
-- title    = "What changed against the period before"
-- question = "Is the drop-off rate another one than before because other clients came, or because the same kind of client was dropped more often?"
-- grain    = "one row for all journeys, then one per dimension and value"
-- reads    = ["steps", "settings"]
-- [params]
-- since        = { type = "date", help = "first day of the journeys' start; without it, 28 days before `until`, or as many weeks as the log has twice" }
-- until        = { type = "date", help = "last day of the journeys' start, exclusive; without it, the last Monday before which all is mature" }
-- before_since = { type = "date", help = "first day of the period to compare with, which is as long; without it, the one just before" }
-- [columns]
-- dimension      = { help = "`all`, then what the journeys are split by, as their first contact has it", format = "text" }
-- value          = { help = "value of the dimension; blank where the first contact has none", format = "text" }
-- from_day       = { help = "first day of the period", format = "time" }
-- before_from    = { help = "first day of the period before", format = "time" }
-- mature         = { help = "journeys that started in the period, and that rates count: mature, not open, no piece of a case", format = "count" }
-- dropped        = { help = "those of them that were dropped", format = "count" }
-- before         = { help = "the same as mature, in the period before", format = "count" }
-- before_dropped = { help = "those of them that were dropped", format = "count" }
-- share          = { help = "share of the period's mature journeys", format = "share" }
-- before_share   = { help = "share of those of the period before", format = "share" }
-- rate           = { help = "dropped ÷ mature", format = "share" }
-- before_rate    = { help = "before_dropped ÷ before", format = "share" }
-- change         = { help = "what the rate of all journeys rose by; of a value, its part of it: mix_effect + rate_effect", format = "change" }
-- mix_effect     = { help = "because these journeys became more or fewer of all", format = "change" }
-- rate_effect    = { help = "because these journeys were dropped more or less often", format = "change" }
-- low            = { help = "change of all journeys, lower end of the 95% interval", format = "change" }
-- high           = { help = "change of all journeys, upper end of the 95% interval", format = "change" }
-- p_value        = { help = "chance of a difference at least this large in the rates of all journeys, had nothing changed but what changes from week to week", format = "chance" }
-- ---
-- The effects of a dimension's values add up to the change, exactly (Kitagawa 1955):
--   mix  = (share - before_share) × ((rate + before_rate) ÷ 2 - the same of all journeys)
--   rate = (rate - before_rate) × (share + before_share) ÷ 2
-- Taking off that of all journeys leaves the sum as it is, as shares add up to 1 in both, and makes a growing group
-- with a low rate a gain. A value that is there in one period only has its rate of that period in both.
--
-- Weeks differ among themselves by more than chance. How far is taken from the weeks within each period, and from all before
-- both: the variance of the change is that of chance times their dispersion, its distribution Student's t with as many degrees of
-- freedom as there are weeks, less one for each period. There is none without two weeks in one of them, or with fewer than 5
-- drop-offs to be expected in either period. It takes weeks as independent of each other, and alike.
with
-- the only pass over the contacts: a journey is counted at its first contact, by day
days as (
    select
        channel,
        motive,
        site,
        date_trunc('day', cast(journey_started_at as timestamp(6) with time zone)) as day,
        count(*) filter (where status <> 'open') as closed,
        count(*) filter (where status = 'dropped') as dropped
    from steps
    where position = 1
      and journey_is_mature
    group by 1, 2, 3, 4
),
-- days by number, so that a period is as long as another whatever clocks do
ends as (
    select
        d.channel,
        d.motive,
        d.site,
        d.closed,
        d.dropped,
        arrow_cast(cast(d.day as date), 'Int32') as day,
        arrow_cast(
            cast(
                coalesce($until, date_trunc('week', cast(s.mature_until as timestamp(6) with time zone))) as date
            ),
            'Int32'
        ) as end_day
    from days d
    cross join settings s
),
begins as (
    select
        *,
        coalesce(
            arrow_cast(cast($since as date), 'Int32'),
            end_day - 7 * greatest(1, least(4, (end_day - min(day) over ()) / 14))
        ) as start_day
    from ends
),
periods as (
    select
        *,
        coalesce(arrow_cast(cast($before_since as date), 'Int32'), start_day - (end_day - start_day)) as before_day
    from begins
),
dimensions as (
    select *
    from (values (1, 'all'), (2, 'channel'), (3, 'motive'), (4, 'site')) as listed (place, dimension)
),
-- weeks of both periods, counted back from the end of each, and of all before
weeks as (
    select
        place,
        dimension,
        case dimension
            when 'channel' then arrow_cast(channel, 'Utf8')
            when 'motive' then arrow_cast(motive, 'Utf8')
            when 'site' then arrow_cast(site, 'Utf8')
        end as value,
        case
            when day >= start_day and day < end_day then 0
            when day >= before_day and day < before_day + (end_day - start_day) then 1
            when day < before_day then 2
        end as period,
        case
            when day >= start_day and day < end_day then (end_day - 1 - day) / 7
            when day >= before_day and day < before_day + (end_day - start_day)
                then (before_day + (end_day - start_day) - 1 - day) / 7
            when day < before_day then (before_day - 1 - day) / 7
        end as week,
        start_day,
        before_day,
        sum(closed) as closed,
        sum(dropped) as dropped
    from dimensions
    cross join periods
    group by 1, 2, 3, 4, 5, 6, 7
),
groups as (
    select
        place,
        dimension,
        value,
        start_day,
        before_day,
        cast(coalesce(sum(closed) filter (where period = 0), 0) as double) as closed,
        cast(coalesce(sum(dropped) filter (where period = 0), 0) as double) as dropped,
        cast(coalesce(sum(closed) filter (where period = 1), 0) as double) as before,
        cast(coalesce(sum(dropped) filter (where period = 1), 0) as double) as before_dropped,
        dispersion(period, dropped, closed) as spread
    from weeks
    where period is not null
    group by place, dimension, value, start_day, before_day
),
shares as (
    select
        *,
        closed / nullif(sum(closed) over of_dimension, 0) as share,
        before / nullif(sum(before) over of_dimension, 0) as before_share,
        coalesce(dropped / nullif(closed, 0), before_dropped / nullif(before, 0)) as rate_of_either,
        coalesce(before_dropped / nullif(before, 0), dropped / nullif(closed, 0)) as before_rate_of_either,
        sum(dropped) over of_dimension / nullif(sum(closed) over of_dimension, 0) as all_rate,
        sum(before_dropped) over of_dimension / nullif(sum(before) over of_dimension, 0) as before_all_rate,
        count(value) filter (where closed > 0 or before > 0) over of_dimension as known_values,
        sum(dropped + before_dropped) over of_dimension
            / nullif(sum(closed + before) over of_dimension, 0) as rate_of_both
    from groups
    window of_dimension as (partition by place)
),
effects as (
    select
        *,
        (share - before_share)
            * ((rate_of_either + before_rate_of_either) / 2 - (all_rate + before_all_rate) / 2) as mix_effect,
        (share + before_share) / 2 * (rate_of_either - before_rate_of_either) as rate_effect
    from shares
    where (closed > 0 or before > 0)
      and (dimension = 'all' or known_values > 0)
),
-- the deviation of the change of all journeys
spread_out as (
    select
        *,
        cast(spread['degrees'] as double) as degrees,
        case when rate_of_both * least(closed, before) >= least_expected() then sqrt(
            spread['factor'] * rate_of_both * (1 - rate_of_both) * (1 / nullif(closed, 0) + 1 / nullif(before, 0))
        ) end as deviation
    from effects
),
final as (
    select
        place,
        dimension,
        value,
        arrow_cast(start_day, 'Date32') as from_day,
        arrow_cast(before_day, 'Date32') as before_from,
        cast(closed as bigint) as mature,
        cast(dropped as bigint) as dropped,
        cast(before as bigint) as before,
        cast(before_dropped as bigint) as before_dropped,
        share,
        before_share,
        dropped / nullif(closed, 0) as rate,
        before_dropped / nullif(before, 0) as before_rate,
        mix_effect + rate_effect as change,
        case when dimension <> 'all' then mix_effect end as mix_effect,
        case when dimension <> 'all' then rate_effect end as rate_effect,
        case when dimension = 'all' and deviation is not null
            then greatest(-1.0, all_rate - before_all_rate - t_quantile_95(degrees) * deviation)
        end as low,
        case when dimension = 'all' and deviation is not null
            then least(1.0, all_rate - before_all_rate + t_quantile_95(degrees) * deviation)
        end as high,
        case when dimension = 'all'
            then t_p_value((all_rate - before_all_rate) / nullif(deviation, 0), degrees)
        end as p_value
    from spread_out
)
select
    dimension,
    value,
    from_day,
    before_from,
    mature,
    dropped,
    before,
    before_dropped,
    share,
    before_share,
    rate,
    before_rate,
    change,
    mix_effect,
    rate_effect,
    low,
    high,
    p_value
from final
order by place, abs(change) desc nulls last, value
