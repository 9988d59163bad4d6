"""Pictures that people upload: looked at with suspicion, encoded anew, and kept by what they contain.

Nothing that was uploaded is ever served as it came: what is kept was drawn again from its pixels, so it carries
neither a script nor where it was taken.
"""

import warnings
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import IO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from booking.models import Picture, Service
from booking.models.page import BookingRules
from saas.core.errors import Conflict

LARGEST_FILE = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
"""A photograph of a good camera; what unpacks to more than that is a bomb."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


class BadPicture(Conflict):
    """The file is no picture that can be shown; the sentence says why."""

    status = 422


def store_picture(file: IO[bytes], *, most_side: int, now: datetime) -> Picture:
    """The picture in `file`, no side longer than `most_side` pixels. The same picture twice is one row.

    Call it in the tenant's scope. Raises BadPicture.
    """
    drawn = _drawn_again(file, most_side)
    content = _encoded(drawn)
    return Picture.objects.get_or_create(
        digest=sha256(content).hexdigest(),
        defaults={
            "content": content,
            "content_type": "image/webp",
            "width": drawn.width,
            "height": drawn.height,
            "created_at": now,
        },
    )[0]


def forget_picture(picture: Picture | None) -> None:
    """Delete it where nothing shows it any more. Call it in the tenant's scope, after the last use is gone."""
    if picture is None:
        return
    shown = (
        Service.objects.filter(picture=picture).exists()
        or BookingRules.objects.filter(logo=picture).exists()
    )
    if not shown:
        picture.delete()


def _drawn_again(file: IO[bytes], most_side: int) -> Image.Image:
    """The first frame, upright, in true colours. Its size is asked before a single pixel is unpacked."""
    raw = file.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise BadPicture(_("That file is too large. Use a picture of at most 5 MB."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(raw), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise BadPicture(TOO_MANY)
                opened.draft("RGB", (most_side * 2, most_side * 2))
                upright = ImageOps.exif_transpose(opened)
                picture = upright.convert("RGBA" if _has_alpha(upright) else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(TOO_MANY) from error
    except BadPicture:
        raise
    except Exception as error:  # whatever a broken file makes a decoder raise: it is no picture
        raise BadPicture(
            _("That is not a picture that can be shown. Use a PNG, JPEG, WebP or GIF file.")
        ) from error
    picture.thumbnail((most_side, most_side))
    return picture


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _encoded(picture: Image.Image) -> bytes:
    """As WebP, without anything that the file said beside its pixels."""
    out = BytesIO()
    picture.info.clear()
    picture.save(out, "WEBP", quality=88, method=4)
    return out.getvalue()


TOO_MANY = _("That picture has too many pixels. Use one of at most 40 megapixels.")
