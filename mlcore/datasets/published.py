"""Data sets that are looked for in folders, and downloaded where they are not."""

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile

import platformdirs

from mlcore.datasets.base import Dataset
from mlcore.datasets.files import Form
from mlcore.datasets.places import places, strays


@dataclass(frozen=True)
class Published:
    """A data set that its authors publish as files.

    Attributes
    ----------
    name : str
        Also the name of its folder.
    forms : tuple of Form
        The first is the one that is downloaded.
    classes : tuple of str
    licence, source : str
    """

    name: str
    forms: tuple[Form, ...]
    classes: tuple[str, ...]
    licence: str
    source: str

    def find(self) -> tuple[Form, list[Path]] | tuple[None, None]:
        """The form that is here and its files' paths; (None, None) if none is."""
        for place, form, paths in self._looks():
            if None not in paths and self._is_own(place, form, paths):
                return form, paths
        return None, None

    def _is_own(self, place, form, paths):
        """MNIST's files have the names of Fashion-MNIST's: a strange folder may hold
        the others.

        In the right folder they are taken as this data set's, and blamed if they are
        not.
        """
        own = [root / self.name for root in roots()]
        return place in own or form.recognises(paths)

    def _looks(self):
        """Each place, each form, and the paths of its files, None for a missing one."""
        for root in roots():
            for place in places(root, self.name):
                for form in self.forms:
                    yield place, form, form.find(place)
            # Names with a folder, and of an archive, are no other data set's.
            for form in self.forms:
                if form.archive:
                    yield root, form, form.find(root, nearly=False)

    def gaps(self) -> list[str]:
        """What to complain about where it is not all here, in sentences.

        The folders that hold some of a form's files but not all, and files elsewhere
        that look like one.
        """
        lacking, known = [], set()
        for place, form, paths in self._looks():
            known.update(paths)
            if None in paths and any(paths):
                missing = form.files[paths.index(None)].name
                lacking.append(f"{place} is not complete: {missing} is missing")
            elif None not in paths and not self._is_own(place, form, paths):
                lacking.append(
                    f"{place} holds files with these names and other contents"
                )
        wanted = []
        for form in self.forms:
            wanted += [download.name for download in form.downloads]
            wanted += [file.name for file in form.files]
        found = (
            text for root in roots() for text in strays(root, self.name, wanted, known)
        )
        return [*dict.fromkeys(lacking), *islice(dict.fromkeys(found), 8)]

    def load(self) -> Dataset:
        """The `Dataset`, downloaded first if it is not here.

        Every file is checked, every time.

        Raises
        ------
        DamagedFile
            If a file is not the published one.
        FileNotFoundError
            As from `fetch`.
        """
        form, paths = self.find()
        if form is None or paths is None:
            form, paths = self.fetch()
        train, test = form.read(paths)
        return Dataset(self.name, train, test, self.classes, self.licence, self.source)

    def fetch(self) -> tuple[Form, list[Path]]:
        """Download the first form into the cache folder; what is there already stays.

        Returns
        -------
        form, paths
            As from `find`.

        Raises
        ------
        FileNotFoundError
            If no mirror gives a file, or there is no folder to download it into; the
            message says which file to put where by hand.
        """
        # Here: only a download needs all that it imports.
        from mlcore.datasets import download

        form = self.forms[0]
        wanted: list[Path | str] = [root / self.name for root in roots()]
        if data_folder() is None:
            wanted.append(f"$MLCORE_DATA/{self.name} (MLCORE_DATA is not set)")
        folder = writable_folder(self.name)
        download.fetch(form.downloads, folder, wanted, self.gaps())
        return form, [path for path in form.find(folder) if path]


def roots() -> list[Path]:
    """The folders in which data sets are looked for, in this order."""
    return [root for root in (data_folder(), cache_folder()) if root is not None]


def writable_folder(name: str) -> Path:
    """The folder to put `name` into: in the cache; where that is none, in the
    reader's own.

    Raises
    ------
    FileNotFoundError
        If neither can be written.
    """
    refusals = []
    for root in filter(None, (cache_folder(), data_folder())):
        try:
            (root / name).mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=root / name):
                return root / name
        except OSError as error:
            refusals.append(f"{root / name} cannot be written ({error.strerror})")
    why = "; ".join(refusals) or "no home folder is known"
    raise FileNotFoundError(
        f"{name} is not here, and there is no folder to download it into: {why}. Set"
        " the environment variable MLCORE_DATA to a folder that you can write to: data"
        f" sets are looked for there, each in a folder with its name ({name}), and"
        " downloaded into it"
    )


def data_folder() -> Path | None:
    """The reader's own folder of data sets, `$MLCORE_DATA`; None if that is not set.

    Raises
    ------
    FileNotFoundError
        If it names no folder: a slip of the pen should not end in a download.
    """
    value = os.environ.get("MLCORE_DATA")
    if not value:
        return None
    # Not Path.expanduser, which raises another error for "~" without a home.
    folder = Path(os.path.expanduser(value))
    if not folder.is_dir():
        raise FileNotFoundError(f"MLCORE_DATA must name a folder, got {value!r}")
    return folder


def cache_folder() -> Path | None:
    """The folder for downloads, where the operating system keeps what can be had again.

    None where no home folder is known, as for a user without a name in a container.
    """
    try:
        folder = platformdirs.user_cache_path("mlcore")
    except RuntimeError:
        return None
    # older ones return "~/.cache/mlcore"
    return folder if folder.is_absolute() else None
