"""Work over what is stored, without telling anyone twice.

A replay runs any range through the live stages again, in a lane of its own: `asking` reads what an operator wants,
`job` does it; `feeding` sends the range into the lane at the pace that `pacing` allows, `settling` waits for its end,
`counting` and `tally` balance what went in against what came out. `preview` shows what a watch would have brought,
`backfill` stores what it has brought, both by `searching`. `shadow` runs changed stages beside what is stored and
`differences` says what they would make otherwise.
"""
