-- ---
-- name     = "censoring_aware_rate"
-- title    = "Drop-off rate by point, with open journeys counted for what they say"
-- question = "What share of those who come to a point is dropped there within the days that enough of them were followed?"
-- grain    = "one row per channel and step where a journey was dropped"
-- reads    = ["steps_in_period", "settings"]
-- chart    = { kind = "bars", label = ["channel", "step"], value = "rate", top = 15 }
-- [params]
-- at_risk = { type = "int", help = "times after reaching the point are left out once fewer journeys have been followed for as long", default = "10" }
-- [columns]
-- channel          = { help = "channel of the point", format = "text" }
-- step             = { help = "step of the point", format = "text" }
-- reached          = { help = "journeys in which the client came here, each once; pieces of cases that name several clients are left out of all columns", format = "count" }
-- open             = { help = "those that may still go on", format = "count" }
-- drops            = { help = "journeys that were dropped here", format = "count", total = "sum" }
-- rate             = { help = "share dropped here within the time followed: Kaplan-Meier, over the time since the point was reached", format = "share" }
-- low              = { help = "rate, lower end of the 95% interval", format = "share" }
-- high             = { help = "rate, upper end of the 95% interval", format = "share" }
-- followed_seconds = { help = "time since the point was reached that enough journeys have been followed for", format = "seconds" }
-- mature           = { help = "those of them that rates count: mature here, and not open", format = "count" }
-- mature_drops     = { help = "those of them that were dropped here", format = "count" }
-- mature_rate      = { help = "mature_drops ÷ mature", format = "share" }
-- ---
-- Time runs from the journey's first contact at the point. The event is that it counts as dropped here: at its withdrawal, or
-- when its gap has passed in silence. All others, completed or dropped elsewhere as well as open, are followed without event
-- up to the horizon: what is estimated is the share dropped here, not the rate if nothing else could happen (Fine and Gray
-- 1999, with censoring times known). Journeys that are a piece of a case that names several clients are left out. Times are taken in
-- parts of a 256th of the gap, from 16 gaps on of a 1,024th of the log's span; events come before the end of following in the same
-- part.
with
-- the only pass over the contacts; the one row of settings stands left, the side a join holds in memory
followed as (
    select
        channel,
        step,
        extract(epoch from case when is_drop_off_point then journey_closed_at else horizon end)
            - extract(epoch from point_reached_at) as seconds,
        gap_seconds / 256 as fine,
        greatest(gap_seconds / 256, span_seconds / 1024) as coarse,
        gap_seconds,
        status,
        is_drop_off_point,
        point_is_mature
    from settings
    cross join steps_in_period
    where last_at_point
      and not journey_is_piece
),
parts as (
    select
        channel,
        step,
        cast(
            round(
                case
                    when seconds < 16 * gap_seconds then floor(seconds / fine) * fine
                    else greatest(16 * gap_seconds, floor(seconds / coarse) * coarse)
                end * 1000000
            ) as bigint
        ) as time,
        count(*) as journeys,
        count(*) filter (where status = 'open') as open,
        count(*) filter (where is_drop_off_point) as drops,
        count(*) filter (where point_is_mature and status <> 'open') as mature,
        count(*) filter (where point_is_mature and is_drop_off_point) as mature_drops
    from followed
    group by 1, 2, 3
),
points as (
    select
        channel,
        step,
        sum(journeys) as reached,
        sum(open) as open,
        sum(drops) as drops,
        sum(mature) as mature,
        sum(mature_drops) as mature_drops,
        kaplan_meier(time, drops, journeys - drops, $at_risk) as survival
    from parts
    group by channel, step
),
-- no rate where nobody was followed for a gap
timed as (
    select
        p.*,
        cast(p.survival['within'] as double) / 1000000 as followed_seconds,
        s.gap_seconds
    from points p
    cross join settings s
    where p.drops > 0
),
final as (
    select
        channel, step, reached, open, drops,
        case when followed_seconds >= gap_seconds then survival['share'] end as rate,
        case when followed_seconds >= gap_seconds then survival['low'] end as low,
        case when followed_seconds >= gap_seconds then survival['high'] end as high,
        followed_seconds,
        mature,
        mature_drops,
        cast(mature_drops as double) / nullif(mature, 0) as mature_rate
    from timed
)
select *
from final
order by drops desc, channel, step
