"""What the README's figures come from: each measured against its limit or peer in the same run.

| file                     | what is measured                        | against                          |
|--------------------------|-----------------------------------------|----------------------------------|
| `lane_commit`            | the till's durable commit               | an append + sync of the bytes    |
| `scan_to_paint`          | a scan until its total is painted       | a page that paints a constant    |
| `till_start`             | a till's first sale, its memory         | limits; the till with few items  |
| `promotions`             | a basket's price under 1,000 promotions | a limit; the basket under none   |
| `price_arrival`          | a price from headquarters to a lane     | bare HTTP; the same rows, bare   |
| `tickets_into_hq`        | a branch's tickets into headquarters    | COPY of the same rows            |
| `tickets_against_native` | tickets of four branches' databases     | native logical replication       |
| `ticket_arrival`         | a branch's commit to headquarters       | native logical replication       |
| `source_commit`          | a branch's commit with its journal      | the same rows without it         |
| `wire_bytes`             | bytes per ticket on the wire            | gzip of the rows as CSV          |
| `catch_up`               | 30 days offline; a fresh branch         | COPY of the same rows            |
| `many_branches`          | up to 1,000 branches at headquarters    | one branch; none                 |
| `thin_line`              | a day over 9.6 kbit/s                   | size ÷ bandwidth                 |

Figures of one machine say little about another; a ratio to a peer that ran in turns with ours, on
the same disk at the same time, says more. No benchmark passes or fails: one that is over its limit
says so.
"""
