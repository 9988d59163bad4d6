"""A business's own colour on its page, so that everything on it stays readable, light and dark.

The colour is made darker on light ground and lighter on dark ground until text in it has a contrast of 4.5 to 1
(WCAG 2.2, 1.4.3).
"""

import colorsys

LIGHT, DARK = "#fffefb", "#111823"
"""The ground of the page: `--surface` in both themes."""
ENOUGH = 4.6


def stylesheet(color: str) -> str:
    """Tokens of the booking page in `color`, six hexadecimal digits."""
    on_light, on_dark = readable_on(color, LIGHT), readable_on(color, DARK)
    tokens = {
        "--brand": (on_light, on_dark),
        "--brand-hover": (shifted(on_light, -0.06), shifted(on_dark, 0.06)),
        "--brand-ink": (on_light, on_dark),
        "--on-brand": ("#ffffff", "#0b1017"),
        "--brand-soft": (mixed(on_light, LIGHT, 0.12), mixed(on_dark, DARK, 0.16)),
        "--tenant-color": (on_light, on_light),
    }
    rules = " ".join(
        f"{name}: light-dark({light}, {dark});" for name, (light, dark) in tokens.items()
    )
    return f"@layer screens {{ .booking-page {{ {rules} }} }}\n"


def readable_on(color: str, ground: str) -> str:
    """`color`, or the nearest of its lightness that can be read on `ground`."""
    step = -0.02 if ground == LIGHT else 0.02
    shade = f"#{color.removeprefix('#')}"
    for _try in range(50):
        if contrast(shade, ground) >= ENOUGH:
            break
        shade = shifted(shade, step)
    return shade


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def shifted(color: str, by: float) -> str:
    """Lighter, or darker for less than nothing."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(color))
    lightness = min(max(lightness + by, 0), 1)
    return _hex(colorsys.hls_to_rgb(hue, lightness, saturation))


def mixed(color: str, ground: str, share: float) -> str:
    pairs = zip(_parts(color), _parts(ground), strict=True)
    return _hex([one * share + other * (1 - share) for one, other in pairs])


def _parts(color: str) -> list[float]:
    bare = color.removeprefix("#")
    return [int(bare[at : at + 2], 16) / 255 for at in (0, 2, 4)]


def _hex(parts: "list[float] | tuple[float, float, float]") -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
