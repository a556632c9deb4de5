-- ---
-- name     = "funnel"
-- title    = "How far journeys come"
-- question = "How many journeys come to each step of the funnel, in order, and how many are dropped before the next?"
-- grain    = "one row per step of the configured funnel; without one, per channel and step among the 8 most reached, in no order"
-- reads    = ["steps_in_period", "funnel_steps"]
-- chart    = { kind = "bars", label = ["place", "channel", "step"], value = "reached" }
-- [columns]
-- place          = { help = "place in the funnel, from 1", format = "count" }
-- channel        = { help = "channel of the step; blank for any", format = "text" }
-- step           = { help = "step", format = "text" }
-- reached        = { help = "journeys that came here, each once; in a funnel after coming to every place before it", format = "count" }
-- drops          = { help = "in a funnel, journeys that came here, not to the next place, and were dropped; else, those that were dropped here", format = "count", total = "sum" }
-- mature         = { help = "those of them that rates count, by their start: mature, not open, no piece of a case", format = "count" }
-- first_share    = { help = "mature ÷ mature at the first place", format = "share" }
-- previous_share = { help = "mature ÷ mature at the place before; blank without a funnel", format = "share" }
-- ---
-- A journey comes to the first place at its first contact there, to each further place at its first contact there after that.
with
-- the few funnel steps stand left, the side a join holds in memory; contacts stream by
counted as (
    select
        case when f.position is null then s.channel end as channel,
        case when f.position is null then s.step end as step,
        f.position as place,
        count(*) filter (where f.position is not null or s.first_at_point) as reached,
        count(*) filter (where case when f.position is null then s.is_drop_off_point else s.status = 'dropped' end) as dropped,
        count(*) filter (
            where (f.position is not null or s.first_at_point)
              and s.journey_is_mature
              and s.status <> 'open'
        ) as mature,
        count(*) filter (where s.direction is null or s.direction = 'inbound') as client_contacts
    from funnel_steps f
    right join steps_in_period s on s.funnel_place = f.position
    group by 1, 2, 3
),
-- each funnel step is there, also where no journey came to it
in_order as (
    select
        f.position as place,
        f.channel,
        f.step,
        coalesce(c.reached, 0) as reached,
        coalesce(c.dropped, 0) - coalesce(lead(c.dropped) over (order by f.position), 0) as drops,
        coalesce(c.mature, 0) as mature
    from funnel_steps f
    left join counted c on c.place = f.position
),
-- without a funnel, every point that clients come to themselves
by_reach as (
    select
        cast(row_number() over (order by mature desc, reached desc, channel, step) as bigint) as place,
        channel,
        step,
        reached,
        dropped as drops,
        mature
    from counted
    where place is null
      and client_contacts > 0
      and (select count(*) from funnel_steps) = 0
),
places as (
    select *, true as is_in_order
    from in_order
    union all
    select place, channel, step, reached, drops, mature, false
    from by_reach
    where place <= 8
),
final as (
    select
        place,
        channel,
        step,
        reached,
        drops,
        mature,
        cast(mature as double) / nullif(first_value(mature) over (order by place), 0) as first_share,
        case when is_in_order
            then cast(mature as double) / nullif(lag(mature) over (order by place), 0)
        end as previous_share
    from places
)
select *
from final
order by place
