-- ---
-- name     = "primary_causes"
-- title    = "Primary causes"
-- question = "How many of the passages that were dropped have which primary cause?"
-- grain    = "one row per primary cause"
-- reads    = ["passages"]
-- [columns]
-- family = { help = "family of the cause", format = "text" }
-- cause  = { help = "primary cause of the drop-off", format = "text" }
-- drops  = { help = "passages that were dropped, with this primary cause", format = "count" }
-- ---
with
final as (
    select family, cause, count(*) as drops
    from passages
    where is_drop_off_point
    group by family, cause
)
select *
from final
