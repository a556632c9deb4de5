-- ---
-- name     = "censoring_aware_rate"
-- title    = "Drop-off rate by point, with open journeys counted for what they say"
-- question = "What share of those who come to a point will have been dropped there in the end, as far as the logs can tell?"
-- grain    = "one row per channel and step where a journey was dropped"
-- reads    = ["steps", "settings"]
-- chart    = { kind = "bars", label = ["channel", "step"], value = "rate", top = 15 }
-- [params]
-- since   = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until   = { type = "date", help = "last day of the journeys' start, exclusive" }
-- at_risk = { type = "int", help = "days after reaching the point are left out once fewer journeys have been followed for as long", default = "10" }
-- [columns]
-- channel       = { help = "channel of the point", format = "text" }
-- step          = { help = "step of the point", format = "text" }
-- reached       = { help = "journeys in which the client came here, each once", format = "count" }
-- open          = { help = "those that may still go on", format = "count" }
-- drops         = { help = "journeys that were dropped here", format = "count", total = "sum" }
-- naive_rate    = { help = "drops ÷ reached: open journeys counted as staying, so too low", format = "share" }
-- closed_rate   = { help = "drops ÷ reached journeys that are not open", format = "share" }
-- rate          = { help = "share dropped here by the last day followed: Kaplan-Meier, over days since the point was reached", format = "share" }
-- low           = { help = "rate, lower end of the 95% interval", format = "share" }
-- high          = { help = "rate, upper end of the 95% interval", format = "share" }
-- followed_days = { help = "days since the point was reached that enough journeys have been followed for", format = "count" }
-- ---
-- Time runs from the journey's first contact at the point. The event is that it counts as dropped here: at its withdrawal, or
-- when its gap has passed in silence. All others, completed or dropped elsewhere as well as open, are followed without event
-- up to the horizon: what is estimated is the share dropped here, not the rate if nothing else could happen (Fine and Gray
-- 1999, with censoring times known). Kaplan and Meier (1958) in whole days, events before censorings of the same day;
-- variance by Greenwood (1926), 95% interval on the scale of log(-log).
with
-- the only pass over the contacts; the one row of settings stands left, the side a join holds in memory
followed as (
    select
        channel,
        step,
        is_drop_off_point as is_event,
        cast(
            floor(
                (
                    extract(epoch from case when is_drop_off_point then journey_closed_at else horizon end)
                    - extract(epoch from point_reached_at)
                ) / 86400
            ) as bigint
        ) as day,
        count(*) as journeys,
        count(*) filter (where status = 'open') as open
    from settings
    cross join steps
    where last_at_point
      and ($since is null or journey_started_at >= cast($since as timestamp(6) with time zone))
      and ($until is null or journey_started_at < cast($until as timestamp(6) with time zone))
    group by 1, 2, 3, 4
),
days as (
    select
        channel,
        step,
        day,
        sum(journeys) as journeys,
        sum(open) as open,
        coalesce(sum(journeys) filter (where is_event), 0) as events
    from followed
    group by channel, step, day
),
at_risk as (
    select
        *,
        sum(journeys) over (
            partition by channel, step
            order by day desc
            rows between unbounded preceding and current row
        ) as at_risk
    from days
),
points as (
    select
        channel,
        step,
        sum(journeys) as reached,
        sum(open) as open,
        sum(events) as drops,
        exp(sum(ln(1 - cast(events as double) / at_risk)) filter (where at_risk >= $at_risk)) as staying,
        sum(cast(events as double) / (cast(at_risk as double) * nullif(at_risk - events, 0)))
            filter (where at_risk >= $at_risk) as greenwood,
        max(day) filter (where at_risk >= $at_risk) as followed_days
    from at_risk
    group by channel, step
),
-- no rate where nobody was followed for a gap, no interval where nobody was dropped in time, or everybody
bounded as (
    select
        *,
        followed_days * 86400 >= gap_seconds as is_followed,
        case when staying > 0 and staying < 1
            then exp(1.959963984540054 * sqrt(greenwood) / -ln(staying))
        end as factor
    from points
    cross join settings
),
final as (
    select
        channel,
        step,
        reached,
        open,
        drops,
        cast(drops as double) / nullif(reached, 0) as naive_rate,
        cast(drops as double) / nullif(reached - open, 0) as closed_rate,
        case when is_followed then 1 - staying end as rate,
        case when is_followed then 1 - power(staying, 1 / factor) end as low,
        case when is_followed then 1 - power(staying, factor) end as high,
        followed_days
    from bounded
    where drops > 0
)
select *
from final
order by drops desc, channel, step
