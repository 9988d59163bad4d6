"""What a page of the calendar shows by the hundred, as HTML: hours, and appointments in the grid and in the list.

What stands around it is in `templates/booking/calendar*.html`. Written in Python for the reason that
`saas.core.markup` gives.
"""

from collections.abc import Iterable

from django.utils.safestring import SafeString

from booking.calendar_pages.layout import Block, Cell, Ruler
from booking.models import Status
from saas.core.addresses import row_url
from saas.core.markup import NOTHING, fill

SKIPPED = SafeString('<div class="cal-cell is-skipped"></div>')
CELL = '<div class="cal-cell" data-at="{}" data-time="{}"></div>'
LOOKS = {Status.PENDING.value: " is-pending", Status.NO_SHOW.value: " is-missed"}

BLOCK = (
    '<li class="{place} {tint}{look}"{move}>'
    '<a href="{url}" hx-get="{url}" hx-target="#dialog" draggable="false" title="{tip}">'
    "<b><time>{starts}</time> {title}</b>{status}<span>{subtitle}</span>{staff}</a></li>\n"
)

LINE = """
<li>
  <time>{starts}<small>{duration}</small></time>
  <div>
    <a class="title strong plain-link" href="{url}" hx-get="{url}" hx-target="#dialog">{title}</a>
    <small>{subtitle} · {staff}</small>
    {status}
  </div>
  <span class="cal-dot {tint}"></span>
</li>
"""


def draw_hours(ruler: Ruler) -> SafeString:
    """Each hour knows its instant, so that calendar.js can tell where an appointment was put down."""
    return SafeString("".join(_cell(cell) for cell in ruler.cells))


def _cell(cell: Cell) -> SafeString:
    return SKIPPED if cell.at is None else fill(CELL, cell.at, cell.label)


def draw_blocks(blocks: Iterable[Block], *, may_edit: bool) -> SafeString:
    """The appointments of a column. `may_edit`: they can be dragged."""
    return SafeString("".join(_block(one, may_edit=may_edit) for one in blocks))


def _block(block: Block, *, may_edit: bool) -> SafeString:
    """The time and who comes, or how full the group is."""
    look = " is-short" * block.is_short + " is-group" * block.is_group
    status = block.status_to_say
    return fill(
        BLOCK,
        place=block.place,
        tint=block.tint,
        look=look + LOOKS.get(block.row.status, ""),
        move=_move(block) if may_edit and block.is_whole else NOTHING,
        url=block.url,
        tip=block.tip,
        starts=block.starts,
        title=block.title,
        status=fill("<em>{}</em>", status) if status else NOTHING,
        subtitle=block.subtitle,
        staff=fill("<span>{}</span>", block.row.staff.name) if block.names_staff else NOTHING,
    )


def _move(block: Block) -> SafeString:
    url = row_url("booking:appointment_move", block.row.pk)
    return fill(' data-move="{}" data-seen="{}"', url, block.version)


def draw_lines(blocks: Iterable[Block]) -> SafeString:
    """The same appointments as a day's list, for narrow screens."""
    return SafeString("".join(map(_line, blocks)))


def _line(block: Block) -> SafeString:
    status = block.status_to_say
    return fill(
        LINE,
        starts=block.starts,
        duration=block.row.duration,
        url=block.url,
        title=block.title,
        subtitle=block.subtitle,
        staff=block.row.staff.name,
        status=fill('<small class="strong">{}</small>', status) if status else NOTHING,
        tint=block.tint,
    )
