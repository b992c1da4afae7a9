"""Where a chapter opens as a notebook with one click: Colab and Binder.

Both read from a branch of the repository, and cannot open a chapter's own source, which
is text. So the publishing job puts what `make notebooks` writes, and nothing else, on a
branch of its own.
"""

import re
from typing import Any

BRANCH = "notebooks"
GITHUB = re.compile(
    r"https://github\.com/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(\.git)?/?"
)


def links(repository: str | None, docname: str) -> dict[str, str]:
    """Service and address for each service that can open the notebook of `docname`.

    Parameters
    ----------
    repository : str or None
        Address of the repository. Both services know GitHub only: elsewhere, or as long
        as there is no address, there are no links, and so no button that leads nowhere.
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
    found = GITHUB.fullmatch(repository or "")
    if not found:
        return {}
    where, file = (
        f"{found['owner']}/{found['name']}",
        docname.rpartition("/")[2] + ".ipynb",
    )
    return {
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
            "icon": icon,
            "url": url,
        }
        for (service, url), icon in zip(
            links(repository, docname).items(),
            ("_static/images/logo_colab.png", "_static/images/logo_binder.svg"),
            strict=False,
        )
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
