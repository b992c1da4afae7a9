"""Tables of results: rows once, shown as HTML on a page and as text in a terminal.

>>> from margins.tables import Table
>>> table = Table({"loss": "", "EER (%)": ".1f"}, caption="Ten identities")
>>> table.add("softmax", 12.25)
>>> table.add("ArcFace", 8.5)
>>> print(table)
Ten identities
<BLANKLINE>
loss     EER (%)
----------------
softmax     12.2
ArcFace      8.5

`table` holds the class, `cells` what a value becomes and which one is the best, `plain`
and `markup` the two ways to write it. The styles of the pages are in
`book/_static/tables.css`; without them a notebook shows the same table in its own.
"""

from margins.tables.cells import Link, mean_and_spread
from margins.tables.table import Table

__all__ = ["Link", "Table", "mean_and_spread"]
