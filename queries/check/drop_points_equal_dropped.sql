-- ---
-- name     = "drop_points_equal_dropped"
-- title    = "Steps and journeys agree on where clients drop off"
-- question = "Is there a point with more or fewer drop-off marks than journeys dropped there?"
-- grain    = "one row per channel and step that differs"
-- reads    = ["steps", "journeys"]
-- [columns]
-- channel = { help = "channel", format = "text" }
-- step    = { help = "step", format = "text" }
-- points  = { help = "contacts marked as drop-off point", format = "count" }
-- dropped = { help = "journeys dropped here", format = "count" }
-- ---
with
both_sides as (
    select channel, step, count(*) as points, 0 as dropped
    from steps
    where is_drop_off_point
    group by channel, step
    union all
    select drop_channel, drop_step, 0, count(*)
    from journeys
    where status = 'dropped'
    group by drop_channel, drop_step
),
final as (
    select channel, step, sum(points) as points, sum(dropped) as dropped
    from both_sides
    group by channel, step
)
select *
from final
where points <> dropped
order by channel, step
