"""The icon of a business on a home screen: its initials on a ground that any shape can be cut from."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

SIZES = (180, 192, 512)
GROUND, INK = "#8c4a3c", "#ffffff"


@lru_cache(maxsize=256)
def draw_icon(initials: str, size: int) -> bytes:
    """A PNG of `size` × `size` pixels."""
    picture = Image.new("RGB", (size, size), GROUND)
    font = ImageFont.load_default(size * 0.36)
    ImageDraw.Draw(picture).text((size / 2, size / 2), initials, font=font, fill=INK, anchor="mm")
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
