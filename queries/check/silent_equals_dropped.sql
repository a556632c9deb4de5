-- ---
-- name     = "silent_equals_dropped"
-- title    = "Each dropped journey has one silent exit"
-- question = "Do silent exits, drop-off points and dropped journeys differ in number?"
-- grain    = "one row where they differ"
-- reads    = ["steps", "journeys"]
-- [columns]
-- silent  = { help = "silent exits", format = "count" }
-- points  = { help = "drop-off points", format = "count" }
-- dropped = { help = "dropped journeys", format = "count" }
-- ---
with
marks as (
    select
        count(*) filter (where exit = 'silent') as silent,
        count(*) filter (where is_drop_off_point) as points
    from steps
),
ends as (
    select count(*) filter (where status = 'dropped') as dropped
    from journeys
),
final as (
    select silent, points, dropped
    from marks
    cross join ends
)
select *
from final
where silent <> dropped or points <> dropped
order by silent
