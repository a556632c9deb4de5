-- ---
-- name     = "reach_at_least_drops"
-- title    = "No more journeys drop off at a point than come to it"
-- question = "Is there a point with more drop-offs than journeys that reached it, of all or of those that rates count?"
-- grain    = "one row per channel and step that fails"
-- reads    = ["steps"]
-- [columns]
-- channel = { help = "channel", format = "text" }
-- step    = { help = "step", format = "text" }
-- reached = { help = "journeys that reached the point", format = "count" }
-- closed  = { help = "reached journeys that are not open", format = "count" }
-- drops   = { help = "journeys dropped here", format = "count" }
-- mature       = { help = "reached journeys that rates count", format = "count" }
-- mature_drops = { help = "those of them that were dropped here", format = "count" }
-- ---
with
final as (
    select
        channel,
        step,
        count(*) filter (where first_at_point) as reached,
        count(*) filter (where first_at_point and status <> 'open') as closed,
        count(*) filter (where is_drop_off_point) as drops,
        count(*) filter (where first_at_point and point_is_mature and status <> 'open') as mature,
        count(*) filter (where is_drop_off_point and point_is_mature) as mature_drops
    from steps
    group by channel, step
)
select *
from final
where drops > closed or closed > reached or mature_drops > mature or mature > closed or mature_drops > drops
order by channel, step
