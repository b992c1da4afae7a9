"""Take out of a PDF's structure what says nothing.

Chromium describes each span as an element without meaning ("NonStruct") with one kid:
nine in ten elements of a book with code and formulas, and a third of its file.
"""

from pypdf.generic import ArrayObject, DictionaryObject, NameObject


def without_wrappers(root) -> None:
    """Give what wrappers hold, in the structure below `root`, to whom they belong."""
    tree = root["/StructTreeRoot"]
    owners: dict[int, object] = {}  # of the wrappers, by the number of their object
    settle(tree, owners)
    for entry in numbers(tree["/ParentTree"]):
        for place, reference in enumerate(entry):
            while getattr(reference, "idnum", None) in owners:
                reference = owners[reference.idnum]
            entry[place] = reference


def settle(element, owners):
    """Take the wrappers out below `element`; its kids, and of pieces of pages the page.

    A wrapper of several pieces stays, as the paragraph that it stands for.
    """
    owner, found = element.indirect_reference, []
    kids = element.get("/K", ())
    for kid in kids if isinstance(kids, list) else [kids]:
        thing = kid.get_object()
        if not is_element(kid):
            of = element.raw_get("/Pg") if isinstance(thing, int) else None
            found.append((kid, of))
            continue
        held = settle(thing, owners)
        pieces = sum(page is not None for _, page in held)
        if thing["/S"] == "/NonStruct" and pieces < 2:
            owners[kid.idnum] = owner
            found += held
        else:
            found.append((kid, None))
    page = next((page for _, page in found if page is not None), None)
    if page is not None:
        element[NameObject("/Pg")] = page
    if found:
        element[NameObject("/K")] = ArrayObject(
            kid if of in (None, page) else marked(kid, of) for kid, of in found
        )
    for kid, _ in found:
        if is_element(kid):
            kid.get_object()[NameObject("/P")] = owner
    return found


def is_element(kid) -> bool:
    thing = kid.get_object()
    return isinstance(thing, DictionaryObject) and "/S" in thing


def marked(number, page) -> DictionaryObject:
    """A piece of a page, where this page is not that of its element."""
    names = {"/Type": NameObject("/MCR"), "/Pg": page, "/MCID": number}
    return DictionaryObject({NameObject(name): to for name, to in names.items()})


def numbers(tree):
    """The lists in a tree of numbers: of each page, the elements of its pieces."""
    for kid in tree.get("/Kids", ()):
        yield from numbers(kid.get_object())
    entries = [entry.get_object() for entry in tree.get("/Nums", ())[1::2]]
    yield from (entry for entry in entries if isinstance(entry, list))
