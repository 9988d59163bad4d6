"""Which column of a file is what: guessed from its head, in the languages that files come in."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from booking.models.search import fold
from saas.core.errors import Sentence

FIELDS: dict[str, Sentence] = {
    "name": _("Name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "notes": _("Notes"),
    "language": _("Language"),
    "wants_news": _("Wants news and offers"),
}
GUESSES: dict[str, tuple[str, ...]] = {
    "name": ("name", "full name", "customer", "client", "nome", "nombre", "nom", "nome completo", "cliente", "kunde"),
    "first_name": ("first name", "firstname", "given name", "vorname", "prenom", "primeiro nome"),
    "last_name": ("last name", "lastname", "surname", "family name", "nachname", "apelido", "apellido", "apellidos",
                  "sobrenome", "cognome"),
    "email": ("e-mail", "email", "mail", "e mail", "email address", "e-mail address", "correo", "correo electronico"),
    "phone": ("phone", "telephone", "tel", "tel.", "mobile", "cell", "phone number", "mobile number", "telefone",
              "telemovel", "telefono", "movil", "telefon", "handy", "telephone portable", "celular"),
    "notes": ("notes", "note", "comment", "comments", "remarks", "notas", "observacoes", "notizen"),
    "language": ("language", "lang", "lingua", "idioma", "sprache", "langue"),
    "wants_news": ("wants news", "newsletter", "marketing", "consent", "news", "wants news and offers",
                   "marketing consent", "accepts marketing"),
}  # fmt: skip
KNOWN = {word: field for field, words in GUESSES.items() for word in words}


def guess(head: Sequence[str]) -> list[str]:
    """A field for each column, each field once; empty for what is left out."""
    found: list[str] = []
    for cell in head:
        field = KNOWN.get(fold(cell.replace("_", " ")), "")
        found.append("" if field in found else field)
    return found


def is_enough(columns: Sequence[str]) -> bool:
    """Whether a customer can be made of them: somebody must have a name."""
    return bool({"name", "first_name", "last_name"} & set(columns))
