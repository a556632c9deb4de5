-- ---
-- name     = "moves"
-- title    = "Moves between channels"
-- question = "From which channel to which do clients move, and do they reach a goal? A cost, not a loss."
-- grain    = "one row per pair of channels"
-- reads    = ["steps_in_period"]
-- chart    = { kind = "heatmap", x = "to_channel", y = "from_channel", value = "moves" }
-- [columns]
-- from_channel     = { help = "channel the client left", format = "text" }
-- to_channel       = { help = "channel of the client's next visit", format = "text" }
-- moves            = { help = "visits that went on with a visit on another channel", format = "count", total = "sum" }
-- completed        = { help = "moves in journeys that reached a goal", format = "count", total = "sum" }
-- dropped          = { help = "moves in journeys that were dropped", format = "count", total = "sum" }
-- mature           = { help = "moves that rates count: mature, in journeys that are not open and no piece of a case", format = "count", total = "sum" }
-- mature_completed = { help = "those of them in journeys that reached a goal", format = "count", total = "sum" }
-- completed_share  = { help = "mature_completed ÷ mature", format = "share", total = ["mature_completed", "mature"] }
-- ---
with
pairs as (
    select
        channel as from_channel,
        next_visit_channel as to_channel,
        count(*) as moves,
        count(*) filter (where status = 'completed') as completed,
        count(*) filter (where status = 'dropped') as dropped,
        count(*) filter (where is_mature and status <> 'open') as mature,
        count(*) filter (where is_mature and status = 'completed') as mature_completed
    from steps_in_period
    where exit = 'moved'
    group by channel, next_visit_channel
),
final as (
    select *, cast(mature_completed as double) / nullif(mature, 0) as completed_share
    from pairs
)
select *
from final
order by moves desc, from_channel, to_channel
