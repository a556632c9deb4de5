-- ---
-- name     = "statuses_known"
-- title    = "Every journey has a known status"
-- question = "Is there a journey that is neither completed, refused, dropped nor open?"
-- grain    = "one row per unknown status"
-- reads    = ["journeys"]
-- [columns]
-- status   = { help = "status that the rules do not know", format = "text" }
-- journeys = { help = "journeys with it", format = "count" }
-- ---
with
final as (
    select status, count(*) as journeys
    from journeys
    where status is null or status not in ('completed', 'refused', 'dropped', 'open')
    group by status
)
select *
from final
order by status
