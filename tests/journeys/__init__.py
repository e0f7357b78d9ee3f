"""Real baskets through the real till, held against the files that they come from.

    data                                    what a till does with it
    completejourney, a week of baskets      members' prices, coupons as tenders, matched coupons and other
    (the package of that name)              amounts as overrides, what has no price as an unknown item
    cumcm2023c, a month of scans            weights from the scale, markdowns as labels of the scale that bear
    (a file, see `found`)                   their amount, returns without a receipt, daily prices

`make journeys` runs the week and the month; the tests a few days of each. What they must come to is summed
in `control`, out of the files alone.

    completejourney, eight months of       headquarters alone: `chain_file` derives what the file lacks, `chain_masters`
    392 stores                             publishes, `chain_journals` and `chain_delivery` bring it, `chain_sums` says what it
                                           must come to, `chain_answers` compares, `consolidated` does all of it
    off_ean, 572,722 barcodes              an import at headquarters: `catalogue`
"""
