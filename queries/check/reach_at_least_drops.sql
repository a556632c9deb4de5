-- ---
-- name     = "reach_at_least_drops"
-- title    = "No more journeys drop off at a point than come to it"
-- question = "Is there a point with more drop-offs than closed journeys that reached it?"
-- grain    = "one row per channel and step that fails"
-- reads    = ["steps"]
-- [columns]
-- channel = { help = "channel", format = "text" }
-- step    = { help = "step", format = "text" }
-- reached = { help = "journeys that reached the point", format = "count" }
-- closed  = { help = "reached journeys that are not open", format = "count" }
-- drops   = { help = "journeys dropped here", format = "count" }
-- ---
with
final as (
    select
        channel,
        step,
        count(*) filter (where first_at_point) as reached,
        count(*) filter (where first_at_point and status <> 'open') as closed,
        count(*) filter (where is_drop_off_point) as drops
    from steps
    group by channel, step
)
select *
from final
where drops > closed or closed > reached
order by channel, step
