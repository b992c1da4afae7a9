"""Where a chapter opens as a notebook with one click: JupyterLite, Colab and Binder.

JupyterLite lies beside the pages where it was built, see ``lite``. The others read from
a branch of the repository, and cannot open a chapter's own source, which is text. So
the publishing job puts what `make notebooks` writes, and nothing else, on a branch of
its own.
"""

import re
from typing import Any

from margins_book import lite

BRANCH = "notebooks"
ICONS = {
    "JupyterLite": "_static/images/logo_jupyterlite.svg",
    "Colab": "_static/images/logo_colab.png",
    "Binder": "_static/images/logo_binder.svg",
}
GITHUB = re.compile(
    r"https://github\.com/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(\.git)?/?"
)


def links(repository: str | None, docname: str) -> dict[str, str]:
    """Service and address for each service that can open the notebook of `docname`.

    Parameters
    ----------
    repository : str or None
        Address of the repository. Colab and Binder know GitHub only: elsewhere, or as
        long as there is no address, there are no links to them, and so no button that
        leads nowhere.
    docname : str
        Such as "book/04-l-softmax".

    Returns
    -------
    dict

    Examples
    --------
    >>> for address in links("https://github.com/a/b", "book/04-l-softmax").values():
    ...     print(address)
    https://colab.research.google.com/github/a/b/blob/notebooks/04-l-softmax.ipynb
    https://mybinder.org/v2/gh/a/b/notebooks?labpath=04-l-softmax.ipynb
    """
    beside = {"JupyterLite": lite.address(docname)} if lite.wanted() else {}
    found = GITHUB.fullmatch(repository or "")
    if not found:
        return beside
    where, file = (
        f"{found['owner']}/{found['name']}",
        docname.rpartition("/")[2] + ".ipynb",
    )
    return beside | {
        "Colab": (
            f"https://colab.research.google.com/github/{where}/blob/{BRANCH}/{file}"
        ),
        "Binder": f"https://mybinder.org/v2/gh/{where}/{BRANCH}?labpath={file}",
    }


def button(repository: str | None, docname: str) -> dict[str, Any] | None:
    """The theme's description of a button with a menu of `links`, or None."""
    menu = [
        {
            "type": "link",
            "text": service,
            "tooltip": f"Open this chapter in {service}",
            "icon": ICONS[service],
            "url": url,
        }
        for service, url in links(repository, docname).items()
    ]
    if not menu:
        return None
    return {
        "type": "group",
        "tooltip": "Run this chapter",
        "icon": "fas fa-rocket",
        "buttons": menu,
        "label": "launch-buttons",
    }
