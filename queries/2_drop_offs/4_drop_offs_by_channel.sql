-- ---
-- name     = "drop_offs_by_channel"
-- title    = "Drop-offs by channel"
-- question = "In which channel do clients give up, of those who used it?"
-- grain    = "one row per channel"
-- reads    = ["journeys_in_period"]
-- chart    = { kind = "bars", label = "channel", value = "drops" }
-- [columns]
-- channel       = { help = "channel", format = "text" }
-- reached       = { help = "journeys in which the client used this channel", format = "count" }
-- drops         = { help = "journeys whose drop-off point is on this channel", format = "count", total = "sum" }
-- drops_share   = { help = "share of all dropped journeys", format = "share", total = "sum" }
-- mature        = { help = "those of them that rates count: mature, not open, no piece of a case that names several clients", format = "count" }
-- mature_drops  = { help = "those of them whose drop-off point is on this channel", format = "count" }
-- drop_off_rate = { help = "mature_drops ÷ mature", format = "share" }
-- ---
with
paths as (
    select
        channels,
        drop_channel,
        count(*) as journeys,
        count(*) filter (where status = 'dropped') as dropped,
        count(*) filter (where is_mature and status <> 'open') as mature,
        count(*) filter (where is_mature and status = 'dropped') as mature_dropped
    from journeys_in_period
    group by channels, drop_channel
),
-- each path once for every channel on it, and once more for the channel it was dropped on
counts as (
    select *
    from (values ('use'), ('drop')) as listed (counted)
),
by_count as (
    select
        counted,
        unnest(
            case when counted = 'use' then channels else make_array(arrow_cast(drop_channel, 'Utf8')) end
        ) as channel,
        journeys,
        dropped,
        mature,
        mature_dropped
    from counts
    cross join paths
),
channels as (
    select
        channel,
        coalesce(sum(journeys) filter (where counted = 'use'), 0) as reached,
        coalesce(sum(dropped) filter (where counted = 'drop'), 0) as drops,
        coalesce(sum(mature) filter (where counted = 'use'), 0) as mature,
        coalesce(sum(mature_dropped) filter (where counted = 'drop'), 0) as mature_drops
    from by_count
    group by channel
),
final as (
    select
        channel,
        reached,
        drops,
        cast(drops as double) / nullif(sum(drops) over (), 0) as drops_share,
        mature,
        mature_drops,
        cast(mature_drops as double) / nullif(mature, 0) as drop_off_rate
    from channels
)
select *
from final
where reached > 0 or drops > 0
order by drops desc, channel
