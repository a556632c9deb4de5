-- ---
-- name     = "channel_paths"
-- title    = "Channels that clients need"
-- question = "Which channels does a journey go through, and how does it end?"
-- grain    = "one row per list of channels, in order of first use"
-- reads    = ["journeys_in_period"]
-- chart    = { kind = "bars", label = "path", value = "journeys", top = 15 }
-- [params]
-- top   = { type = "int", help = "how many paths, the most frequent first; the others are one row", default = "20" }
-- [columns]
-- path           = { help = "channels the client used, in order of first use", format = "text" }
-- journeys       = { help = "journeys along this path", format = "count", total = "sum" }
-- journeys_share = { help = "share of all journeys", format = "share", total = "sum" }
-- completed      = { help = "journeys that reached a goal", format = "count", total = "sum" }
-- refused        = { help = "journeys the company refused", format = "count", total = "sum" }
-- dropped        = { help = "journeys the client gave up", format = "count", total = "sum" }
-- open           = { help = "journeys that may still go on", format = "count", total = "sum" }
-- mature         = { help = "those of them that rates count: mature, not open, no piece of a case that names several clients", format = "count", total = "sum" }
-- mature_drops   = { help = "those of them that were dropped", format = "count", total = "sum" }
-- drop_off_rate  = { help = "mature_drops ÷ mature", format = "share", total = ["mature_drops", "mature"] }
-- ---
with
paths as (
    select
        array_to_string(channels, ' → ') as path,
        count(*) as journeys,
        count(*) filter (where status = 'completed') as completed,
        count(*) filter (where status = 'refused') as refused,
        count(*) filter (where status = 'dropped') as dropped,
        count(*) filter (where status = 'open') as open,
        count(*) filter (where is_mature and status <> 'open') as mature,
        count(*) filter (where is_mature and status = 'dropped') as mature_drops
    from journeys_in_period
    group by 1
),
ranked as (
    select
        row_number() over (order by journeys desc, path) as place,
        *
    from paths
),
-- the paths beyond the first are one row, so that the totals are those of all journeys
folded as (
    select
        case when place <= $top then path else 'other paths' end as path,
        min(place) as place,
        sum(journeys) as journeys,
        sum(completed) as completed,
        sum(refused) as refused,
        sum(dropped) as dropped,
        sum(open) as open,
        sum(mature) as mature,
        sum(mature_drops) as mature_drops
    from ranked
    group by 1
),
final as (
    select
        *,
        cast(journeys as double) / nullif(sum(journeys) over (), 0) as journeys_share,
        cast(mature_drops as double) / nullif(mature, 0) as drop_off_rate
    from folded
)
select path, journeys, journeys_share, completed, refused, dropped, open, mature, mature_drops, drop_off_rate
from final
order by place
