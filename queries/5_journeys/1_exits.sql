-- ---
-- name     = "exits"
-- title    = "How visits end"
-- question = "Where do clients leave a channel without their goal: do they move to another, try again, or go silent?"
-- grain    = "one row per channel and step where a visit ended"
-- reads    = ["steps_in_period"]
-- chart    = { kind = "bars", label = ["channel", "step"], value = "exits", top = 15 }
-- [columns]
-- channel      = { help = "channel of the visit", format = "text" }
-- step         = { help = "step of the visit's last contact", format = "text" }
-- exits        = { help = "visits that ended here without a goal", format = "count", total = "sum" }
-- moved        = { help = "the journey went on with a visit on another channel", format = "count", total = "sum" }
-- retried      = { help = "the journey went on with a visit on the same channel", format = "count", total = "sum" }
-- silent       = { help = "the journey was dropped here", format = "count", total = "sum" }
-- mature       = { help = "exits that rates count: mature, of journeys that are not open and no piece of a case", format = "count", total = "sum" }
-- mature_drops = { help = "those of them that were silent", format = "count", total = "sum" }
-- silent_share = { help = "mature_drops ÷ mature", format = "share", total = ["mature_drops", "mature"] }
-- ---
with
points as (
    select
        channel,
        step,
        count(*) as exits,
        count(*) filter (where exit = 'moved') as moved,
        count(*) filter (where exit = 'retried') as retried,
        count(*) filter (where exit = 'silent') as silent,
        count(*) filter (where is_mature and status <> 'open') as mature,
        count(*) filter (where is_mature and exit = 'silent') as mature_drops
    from steps_in_period
    where is_exit
    group by channel, step
),
final as (
    select *, cast(mature_drops as double) / nullif(mature, 0) as silent_share
    from points
)
select *
from final
order by exits desc, channel, step
