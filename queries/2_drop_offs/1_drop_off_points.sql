-- ---
-- name     = "drop_off_points"
-- title    = "Where clients drop off"
-- question = "At which channel and step do journeys end without the client getting what they came for?"
-- grain    = "one row per channel and step where a journey was dropped"
-- reads    = ["steps_in_period"]
-- chart    = { kind = "bars", label = "step", value = "drops", by = "channel", top = 15 }
-- [columns]
-- channel       = { help = "channel of the drop-off point", format = "text" }
-- step          = { help = "step of the drop-off point", format = "text" }
-- reached       = { help = "journeys with a contact here, each once", format = "count" }
-- drops         = { help = "journeys that were dropped here", format = "count", total = "sum" }
-- drops_share   = { help = "share of all dropped journeys", format = "share", total = "sum" }
-- mature        = { help = "those of them that rates count: mature here, not open, no piece of a case that names several clients", format = "count" }
-- mature_drops  = { help = "those of them that were dropped here", format = "count" }
-- mature_open   = { help = "mature here, and still open: left out", format = "count" }
-- drop_off_rate = { help = "mature_drops ÷ mature", format = "share" }
-- ---
with
points as (
    select
        channel,
        step,
        count(*) filter (where first_at_point) as reached,
        count(*) filter (where is_drop_off_point) as drops,
        count(*) filter (where first_at_point and point_is_mature and status <> 'open') as mature,
        count(*) filter (where is_drop_off_point and point_is_mature) as mature_drops,
        count(*) filter (where first_at_point and point_is_mature and status = 'open') as mature_open
    from steps_in_period
    group by channel, step
),
final as (
    select
        channel,
        step,
        reached,
        drops,
        cast(drops as double) / nullif(sum(drops) over (), 0) as drops_share,
        mature,
        mature_drops,
        mature_open,
        cast(mature_drops as double) / nullif(mature, 0) as drop_off_rate
    from points
)
select *
from final
where drops > 0
order by drops desc, channel, step
