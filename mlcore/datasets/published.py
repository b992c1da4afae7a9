"""Data sets that are looked for in folders, and downloaded where they are not."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from mlcore.datasets.base import Dataset
from mlcore.datasets.files import Form


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

    def find(self):
        """The form that is here, and the paths of its files; (None, None) if it is not all here."""
        for folder in folders(self.name):
            for form in self.forms:
                paths = form.find(folder)
                if None not in paths:
                    return form, paths
        return None, None

    def gaps(self):
        """A sentence for each folder that holds some of a form's files, but not all."""
        sentences = []
        for folder in folders(self.name):
            for form in self.forms:
                paths = form.find(folder)
                if None in paths and any(paths):
                    lacking = form.files[paths.index(None)].name
                    sentences.append(f"{folder} is not complete: {lacking} is missing")
        return sentences

    def load(self):
        """The `Dataset`, downloaded first if it is not here. Every file is checked, every time."""
        form, paths = self.find()
        if form is None:
            form, paths = self.fetch()
        train, test = form.read(paths)
        return Dataset(self.name, train, test, self.classes, self.licence, self.source)

    def fetch(self):
        """Download the first form into the cache folder; what is there already stays.

        Returns
        -------
        form, paths
            As from `find`.

        Raises
        ------
        FileNotFoundError
            If no mirror gives a file; the message says which file to put where by hand.
        """
        from mlcore.datasets import download  # Here: only a download needs all that it imports.

        form, folder = self.forms[0], cache_folder() / self.name
        places = [*folders(self.name)]
        if data_folder() is None:
            places.append(f"$MLCORE_DATA/{self.name} (MLCORE_DATA is not set)")
        download.fetch(form.downloads, folder, places)
        return form, form.find(folder)


def folders(name):
    """Where the data set `name` is looked for, in this order."""
    return [root / name for root in (data_folder(), cache_folder()) if root is not None]


def data_folder():
    """The reader's own folder of data sets, `$MLCORE_DATA`; None if that is not set.

    Raises
    ------
    FileNotFoundError
        If it names no folder: a slip of the pen should not end in a download.
    """
    value = os.environ.get("MLCORE_DATA")
    if not value:
        return None
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"MLCORE_DATA must name a folder, got {value!r}")
    return folder


def cache_folder():
    """The folder for downloads, where the operating system keeps what can be had again."""
    return platformdirs.user_cache_path("mlcore")
