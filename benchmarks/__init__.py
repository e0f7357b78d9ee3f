"""What the README's figures come from: each measured against its limit or peer in the same run.

| file                | what is measured                        | against                               |
|---------------------|-----------------------------------------|---------------------------------------|
| `lane_commit`       | the till's durable commit               | an append + sync of the same bytes    |
| `scan_to_paint`     | a scan until its total is painted       | a page that paints a constant         |
| `price_arrival`     | a price from headquarters to a lane     | bare HTTP; the same rows, bare        |
| `tickets_into_hq`   | a branch's tickets into headquarters    | COPY of the same rows                 |

Figures of one machine say little about another; a ratio to a peer that ran in turns with ours, on
the same disk at the same time, says more. No benchmark passes or fails: one that is over its limit
says so.
"""
