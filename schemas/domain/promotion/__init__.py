"""Promotions (促销): offers as data, and what a basket costs under them (rules 12 to 16).

| level  | kinds                                                                  | works on               |
|--------|------------------------------------------------------------------------|------------------------|
| unit   | percent, amount off, fixed price, percent by tier                      | each unit by itself    |
| set    | quantity break, second at a fraction, buy and get, bundle, mix & match | units that go together |
| basket | spend and save, coupon; then gift, points                              | what is left of lines  |

Levels are computed in this order, rules of a level by priority, then by id. What is permitted:

* a line is so many pieces; one that was weighed, or is no whole number, is one unit that cannot be
  split and joins no set. Returns, overridden lines and lines below nought join nothing;
* unit and set rules are line-level rules. A unit in an *exclusive* one joins no other of them; of a
  *best_price* group it joins at most one; *compound* unit rules all stack on what is not exclusive;
* a *counted* rule is a set rule or a unit rule with a limit: a unit joins at most one of these.
  What a line has left over takes, as a whole, the unit rules that make the line cheapest; so do
  units in a counted rule, among the unit rules that may stack with it;
* without a line-level rule a basket may be cheaper, because it then reaches a threshold: such a rule
  is left out of all lines that counted and basket rules connect, never of one line alone;
* an exclusive basket rule shares no line with another basket rule, and of a group one is used.

Of all this the cheapest is charged: `evaluation` puts it together, `component` searches units,
`threshold` searches basket rules. Searches are bounded in nodes, never in time: a slow machine
charges the same. Ties go to the fewest shares on the receipt, then to the lowest ids.

    file            concept
    effect          the kinds, as data
    promotion       a promotion, as data
    contradiction   `validate`: what is wrong with one, in a buyer's words
    sale            what is evaluated (lines, context) and what comes out
    eligibility     whether a promotion is in force for this customer, now, and how often still
    rule            a promotion prepared, and in force for one basket
    ruleset         promotions prepared once for many baskets
    unit            unit rules on a run of units
    counted         set rules and limits as small automata
    numbered        the states of such an automaton as numbers
    component       the cheapest units for lines that share counted rules
    connection      which lines belong together
    threshold       the cheapest use of basket rules
    settlement      lines that are connected: with thresholds, and without some line-level rules
    reward          gifts and points
    presented       how each coupon that was presented stands
    evaluation      `evaluate`
    spread          largest remainder (rule 4)
"""
