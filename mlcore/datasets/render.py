"""Draws a data set of glyphs from fonts: needs Pillow, fontTools and ten minutes."""

import hashlib
import io
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from mlcore.checkpoints import write_whole
from mlcore.datasets.glyphs import Face, Recipe, missing
from mlcore.datasets.published import writable_folder

SIDE = 28
_EM = 24  # pixels; what is left is the margin around the widest character

#: Where package managers put fonts, and where npm puts them below a project.
FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "~/Library/Fonts",
    "/Library/Fonts",
    "node_modules/@fontsource",
)


def make(recipe: Recipe, folders: Iterable[Path], partly: bool = False) -> Path:
    """Draw a data set into the cache folder, and return the path of its file.

    Parameters
    ----------
    recipe : Recipe
    folders : iterable of pathlib.Path
        Where to look for fonts, with all that is below.
    partly : bool
        Whether to draw with the faces that were found where others are missing. That is
        another data set, and its name will say so.

    Raises
    ------
    FileNotFoundError
        If faces are missing; the message says what to install. Also if there is no
        folder to write to.
    ModuleNotFoundError, ValueError
        As from `draw`.
    """
    faces = find_faces(recipe.faces, folders)
    if len(faces) < len(recipe.faces) and not (partly and faces):
        raise FileNotFoundError(
            f"{len(recipe.faces) - len(faces)} of {len(recipe.faces)} faces are"
            " missing, or of another version. These commands install them; or unpack"
            " their packages into any folder, and give it with --fonts DIR. With"
            " --partly, what is here is drawn.\n" + missing(recipe.faces, tuple(faces))
        )
    file = io.BytesIO()
    drawn: dict[str, Any] = {**draw(recipe, faces)}
    np.savez(file, **drawn)
    path = writable_folder(recipe.name) / recipe.file
    write_whole(path, file.getvalue())
    return path


def find_faces(faces: Iterable[Face], folders: Iterable[Path]) -> dict[Face, Path]:
    """Where the files of `faces` lie, below any of the folders.

    A file of the right name and another sum is another version, and is passed over.
    """
    by_file = defaultdict(list)
    for face in faces:
        by_file[face.file].append(face)
    found: dict[Face, Path] = {}
    for path in _files(folders):
        wanted = [face for face in by_file.get(path.name, ()) if face not in found]
        if wanted:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found |= {face: path for face in wanted if digest.startswith(face.sha256)}
    return found


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for where, inside, names in os.walk(Path(folder).expanduser()):
            inside.sort()
            yield from (Path(where, name) for name in sorted(names))


def draw(
    recipe: Recipe, faces: dict[Face, Path], jobs: int | None = None
) -> dict[str, np.ndarray]:
    """Draw every character in every face, and keep what shows a character.

    Left out are images without ink, images that a face shows for several characters (it
    has no shape of its own for these), images that any faces show for different
    characters (nobody can tell them apart), and all but the first of equal images of
    one character; then characters with too few styles.

    Parameters
    ----------
    recipe : Recipe
    faces : dict
        From the faces to their files, as `find_faces` gives it.
    jobs : int, optional
        Processes to draw with; as many as there are cores if none.

    Returns
    -------
    dict of numpy.ndarray
        ``images`` (N, 28, 28) of uint8 and ``labels`` (N,) of int32, the training
        images first, sorted by class; ``first_test``, where the test images begin;
        ``classes``, the characters; ``faces``, the files; ``made``, what drew them.

    Raises
    ------
    ModuleNotFoundError
        If Pillow or fontTools is not installed.
    ValueError
        If no character has enough styles.
    """
    order = [face for face in recipe.faces if face in faces]
    covered = [coverage(faces[face], face.index) for face in order]
    styles = Counter(character for characters in covered for character in characters)
    enough = {one for one in recipe.characters if styles[one] >= recipe.least}
    work = [
        (faces[face], face.index, sorted(characters & enough))
        for face, characters in zip(order, covered, strict=True)
    ]
    # Not forked, which with threads about may hang.
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        drawn = list(
            tqdm(
                pool.map(draw_face, *zip(*work, strict=True)),
                desc=f"drawing {recipe.name}",
                total=len(work),
                unit=" faces",
            )
        )
    return _assemble(recipe, order, drawn)


def coverage(path: Path, index: int) -> set[int]:
    """The code points for which a face has a glyph."""
    from fontTools.ttLib import TTFont

    with TTFont(path, fontNumber=index, lazy=True) as font:
        return set(font.getBestCmap() or ())


def draw_face(
    path: Path, index: int, characters: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw characters in one face, each with its ink in the middle of 28 x 28 pixels.

    Returns
    -------
    characters : numpy.ndarray, shape (n,), int32
        Those that the face shows in a shape of its own.
    images : numpy.ndarray, shape (n, 28, 28), uint8
    sums : numpy.ndarray, shape (n,), uint64
        Equal where images are.
    """
    from PIL import Image, ImageDraw, ImageFont

    # The plain layout: with the other one, Raqm, glyphs depend on what is installed.
    font = ImageFont.truetype(
        os.fspath(path), _EM, index=index, layout_engine=ImageFont.Layout.BASIC
    )
    images = np.zeros((len(characters), SIDE, SIDE), np.uint8)
    for image, character in zip(images, characters, strict=True):
        canvas = Image.new("L", (SIDE, SIDE))
        try:
            left, top, right, bottom = font.getbbox(chr(character))
            corner = (SIDE - left - right) / 2, (SIDE - top - bottom) / 2
            ImageDraw.Draw(canvas).text(corner, chr(character), 255, font)
        except OSError:  # some fonts have glyphs whose program FreeType refuses
            continue
        image[...] = np.asarray(canvas)
    sums = np.array([_sum(image) for image in images], np.uint64)
    _, back, counts = np.unique(sums, return_inverse=True, return_counts=True)
    own = (counts[back] == 1) & images.any(axis=(1, 2))
    return np.array(characters, np.int32)[own], images[own], sums[own]


def _sum(image):
    return int.from_bytes(hashlib.blake2b(image.tobytes(), digest_size=8).digest())


def _assemble(recipe, order, drawn):
    characters = np.concatenate([part[0] for part in drawn])
    sums = np.concatenate([part[2] for part in drawn])
    face = np.repeat(np.arange(len(order)), [len(part[0]) for part in drawn])
    place = np.concatenate([np.arange(len(part[0])) for part in drawn])
    kept = _once(characters, sums)
    held_out = np.array([one.held_out for one in order])[face]
    styles = np.bincount(characters[kept], minlength=recipe.characters.stop)
    tested = np.bincount(characters[kept & held_out], minlength=len(styles))
    trained = np.bincount(characters[kept & ~held_out], minlength=len(styles))
    classes = np.flatnonzero((styles >= recipe.least) & (tested > 0) & (trained > 0))
    if not len(classes):
        raise ValueError(
            f"faces must show some character in {recipe.least} styles, got"
            f" {len(order)} faces: at most {styles.max(initial=0)} styles"
        )
    label = np.full(recipe.characters.stop, -1, np.int32)
    label[classes] = np.arange(len(classes), dtype=np.int32)
    label = np.where(kept, label[characters], -1)
    train = _at_most(np.flatnonzero((label >= 0) & ~held_out), label, recipe.most)
    test = np.flatnonzero((label >= 0) & held_out)
    chosen = np.concatenate(
        [part[np.argsort(label[part], kind="stable")] for part in (train, test)]
    )
    images = np.empty((len(chosen), SIDE, SIDE), np.uint8)
    for number, part in enumerate(drawn):
        here = np.flatnonzero(face[chosen] == number)
        images[here] = part[1][place[chosen[here]]]
    return {
        "images": images,
        "labels": label[chosen],
        "first_test": np.array(len(train)),
        "classes": np.array([chr(c) for c in classes]),
        "faces": np.array([f"{one.file} {one.index}" for one in order]),
        "made": np.array(_made()),
    }


def _once(characters, sums):
    """Which images to keep: each bitmap once, and none that two characters share."""
    order = np.lexsort((np.arange(len(sums)), characters, sums))
    sums, characters = sums[order], characters[order]
    new_sum = np.r_[True, sums[1:] != sums[:-1]]
    new_pair = new_sum | np.r_[True, characters[1:] != characters[:-1]]
    group = np.cumsum(new_sum) - 1
    shared = np.bincount(group, weights=new_pair) > 1
    kept = np.empty(len(sums), bool)
    kept[order] = new_pair & ~shared[group]
    return kept


def _at_most(indices, label, most):
    """Of each label at most `most`, drawn at random, the same in every version."""
    shuffled = indices[np.argsort(np.random.PCG64(0).random_raw(len(indices)))]
    by_label = shuffled[np.argsort(label[shuffled], kind="stable")]
    counts = np.bincount(label[by_label])
    rank = np.arange(len(by_label)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(by_label[rank < most])


def _made():
    import PIL
    from PIL import features

    return f"Pillow {PIL.__version__}, FreeType {features.version('freetype2')}"
