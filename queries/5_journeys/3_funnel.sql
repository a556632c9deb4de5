-- ---
-- name     = "funnel"
-- title    = "How far journeys come"
-- question = "How many journeys come to each step of the funnel, and how many are dropped there?"
-- grain    = "one row per step of the configured funnel; without one, per channel and step among the 8 most reached"
-- reads    = ["steps", "funnel_steps"]
-- chart    = { kind = "bars", label = ["place", "channel", "step"], value = "reached" }
-- [params]
-- since = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until = { type = "date", help = "last day of the journeys' start, exclusive" }
-- [columns]
-- place          = { help = "place in the funnel, from 1", format = "count" }
-- channel        = { help = "channel of the step; blank for any", format = "text" }
-- step           = { help = "step", format = "text" }
-- reached        = { help = "journeys with a contact here, each once, whatever came before it", format = "count" }
-- first_share    = { help = "reached ÷ reached at the first place", format = "share" }
-- previous_share = { help = "reached ÷ reached at the place before; can exceed 1", format = "share" }
-- drops          = { help = "journeys that were dropped here", format = "count", total = "sum" }
-- ---
with
-- only a funnel step on any channel has to tell journeys apart: a journey may come to it on several.
-- the few funnel steps stand left, the side a join holds in memory; contacts stream by
hits as (
    select
        f.position as funnel_place,
        case when f.position is null then s.channel else f.channel end as channel,
        s.step,
        case when f.position is not null and f.channel is null then s.journey_id end as journey_id,
        count(*) filter (where s.first_at_point) as reached,
        count(*) filter (where s.is_drop_off_point) as drops,
        count(*) filter (where s.direction is null or s.direction = 'inbound') as client_contacts
    from funnel_steps f
    right join steps s on s.step = f.step and (f.channel is null or s.channel = f.channel)
    where (s.first_at_point or s.is_drop_off_point or s.direction is null or s.direction = 'inbound')
      and ($since is null or s.journey_started_at >= cast($since as timestamp(6) with time zone))
      and ($until is null or s.journey_started_at < cast($until as timestamp(6) with time zone))
    group by 1, 2, 3, 4
),
-- each funnel step is there, also where no journey came to it
counted as (
    select
        funnel_place,
        channel,
        step,
        case when journey_id is null then reached else 1 end as reached,
        drops,
        client_contacts
    from hits
    union all
    select position, channel, step, 0, 0, 0
    from funnel_steps
),
places as (
    select
        funnel_place,
        channel,
        step,
        sum(reached) as reached,
        sum(drops) as drops,
        sum(client_contacts) as client_contacts
    from counted
    group by funnel_place, channel, step
),
-- where a funnel is configured its steps, else every point that clients come to themselves
ranked as (
    select
        row_number() over (order by funnel_place, reached desc, channel, step) as place,
        funnel_place,
        channel,
        step,
        reached,
        drops
    from places
    where funnel_place is not null
       or (client_contacts > 0 and (select count(*) from funnel_steps) = 0)
),
final as (
    select
        place,
        channel,
        step,
        reached,
        cast(reached as double) / nullif(first_value(reached) over (order by place), 0) as first_share,
        cast(reached as double) / nullif(lag(reached) over (order by place), 0) as previous_share,
        drops
    from ranked
    where funnel_place is not null or place <= 8
)
select *
from final
order by place
