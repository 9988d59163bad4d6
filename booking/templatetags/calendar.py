"""The template tags of the calendar (`{% load calendar %}`): `booking.calendar_pages.drawing` by name."""

from django import template

from booking.calendar_pages import drawing

register = template.Library()

register.simple_tag(drawing.draw_hours)
register.simple_tag(drawing.draw_blocks)
register.simple_tag(drawing.draw_lines)
