"""What owners and managers decide about their page: rules, logo, own words, the app on the phone."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from booking.labels import DEFAULTS
from booking.models import BookingRules, PanelText, Picture, Service
from booking.page.colors import ENOUGH, contrast, readable_on, stylesheet
from booking.services import page_settings
from booking.services.pictures import LARGEST_FILE, BadPicture, store_picture
from booking.services.resources import WrongChoice
from plans.entitlements import CapabilityMissing
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import queries_for, words
from tests.booking.panel.page import Shop
from tests.stamps import send

Switch = Callable[..., None]
RULES = {
    "step_minutes": "30", "lead_minutes": "120", "horizon_days": "90", "change_until_minutes": "1440",
    "may_move": "on", "shows_any_staff": "on", "welcome": "Hello <b>you</b>", "terms": "", "deposit_words": "",
    "color": "#1f6f5c",
}  # fmt: skip


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def drawn(kind: str = "PNG", size: tuple[int, int] = (900, 300), mode: str = "RGB") -> bytes:
    out = BytesIO()
    Image.new(mode, size, "#8c4a3c").save(out, kind)
    return out.getvalue()


def upload(content: bytes, name: str = "logo.png") -> dict[str, SimpleUploadedFile]:
    return {"logo": SimpleUploadedFile(name, content, "image/png")}


# Rules


def test_rules_are_saved_and_in_force_at_once(owner: Client, customer: Client, shop: Shop) -> None:
    answer = send(owner, "/panel/booking-page/", RULES)
    assert answer.status_code == 302
    (rules,) = shop.all(BookingRules)
    assert (rules.step_minutes, rules.lead_minutes, rules.horizon_days) == (30, 120, 90)
    assert (rules.may_cancel, rules.may_move, rules.confirms_by_hand) == (False, True, False)
    page = words(customer.get("/book/"))
    assert "/book/look-1f6f5c.css" in page
    assert "Hello" in page
    assert "&lt;b&gt;you" in customer.get("/book/").content.decode()
    assert "2 hours" in words(owner.get("/panel/booking-page/"))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("horizon_days", "0", "Enter between 1 and 730 days."), ("horizon_days", "9999", "Enter between 1 and 730"),
     ("step_minutes", "7", "Choose from the list."), ("lead_minutes", "-5", "Choose from the list."),
     ("color", "red", "Enter a colour such as"), ("color", "#12345\n", "Enter a colour such as")],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused_beside_their_field(
    field: str, value: str, says: str, owner: Client, shop: Shop
) -> None:
    answer = send(owner, "/panel/booking-page/", RULES | {field: value, "welcome": "Kept"})
    assert answer.status_code == 422
    assert says in words(answer)
    assert "Kept" in words(answer)
    assert shop.all(BookingRules) == []


def test_value_that_is_in_force_stays_a_choice(owner: Client, shop: Shop) -> None:
    shop.rules(lead_minutes=77)
    assert '<option value="77" selected>77 minutes</option>' in words(
        owner.get("/panel/booking-page/")
    )


# Logo


@pytest.mark.req(26)
def test_logo_is_drawn_again_shown_and_kept_for_good(
    owner: Client, customer: Client, shop: Shop, switched: Switch
) -> None:
    assert owner.post("/panel/booking-page/logo/", upload(drawn())).status_code == 302
    (logo,) = shop.all(Picture)
    assert (logo.content_type, logo.width, logo.height) == ("image/webp", 512, 171)
    address = f"/book/picture/{logo.digest}/"
    assert f'src="{address}"' in words(customer.get("/book/"))
    answer = customer.get(address)
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Image.open(BytesIO(answer.content)).size == (512, 171)
    switched("booking_page.upload_logo", on=False)
    assert address not in words(customer.get("/book/"))
    assert "Logo" not in words(owner.get("/panel/booking-page/"))
    assert owner.post("/panel/booking-page/logo/", upload(drawn())).status_code == 404
    assert owner.post("/panel/booking-page/logo/remove/").status_code == 404
    with pytest.raises(CapabilityMissing):
        page_settings.set_logo(shop.tenant, BytesIO(drawn()), now=timezone.now())
    switched("booking_page.upload_logo", on=True)
    assert address in words(customer.get("/book/"))


def test_logo_that_is_replaced_or_removed_is_forgotten(
    owner: Client, customer: Client, shop: Shop
) -> None:
    owner.post("/panel/booking-page/logo/", upload(drawn()))
    (first,) = shop.all(Picture)
    owner.post("/panel/booking-page/logo/", upload(drawn(size=(40, 40))))
    (second,) = shop.all(Picture)
    assert first.digest != second.digest
    assert customer.get(f"/book/picture/{first.digest}/").status_code == 404
    owner.post("/panel/booking-page/logo/remove/")
    assert shop.all(Picture) == []
    assert owner.post("/panel/booking-page/logo/remove/").status_code == 302


def test_logo_of_another_tenant_is_not_there(
    owner: Client, shop: Shop, borealis: Tenant, client_for: Callable[..., Client]
) -> None:
    owner.post("/panel/booking-page/logo/", upload(drawn()))
    (logo,) = shop.all(Picture)
    assert client_for(None, borealis).get(f"/book/picture/{logo.digest}/").status_code == 404


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it has 900 million pixels."""
    content = bytearray(drawn(size=(1, 1)))
    content[16:24] = (30_000).to_bytes(4, "big") * 2
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"not a picture", "not a picture that can be shown"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
            "not a picture that can be shown",
        ),
        (drawn()[:200], "not a picture that can be shown"),
        (drawn("BMP", (4, 4)), "not a picture that can be shown"),
        (drawn("PNG", (9000, 9000), "1"), "too many pixels"),
        (bomb(), "not a picture that can be shown|too many pixels"),
        (b"\x89PNG" + b"x" * LARGEST_FILE, "too large"),
        (b"", "Choose a picture."),
    ],
    ids=["text", "svg", "cut off", "bmp", "pixels", "bomb", "large", "empty"],
)
def test_what_is_no_harmless_picture_is_refused_in_a_sentence(
    content: bytes, says: str, owner: Client, shop: Shop
) -> None:
    answer = owner.post("/panel/booking-page/logo/", upload(content))
    assert answer.status_code == 422
    page = words(answer)
    assert any(one in page for one in says.split("|"))
    assert shop.all(Picture) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_nothing_of_the_file_but_its_pixels_is_kept(kind: str, shop: Shop) -> None:
    secret = b"GPS 41.14 N 8.61 W <script>"
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    more = {"comment": secret} if kind in {"GIF", "JPEG"} else {"exif": exif}
    Image.new("RGB", (64, 64), "#335577").save(out, kind, **more)
    with tenant_scope(shop.tenant):
        kept = store_picture(BytesIO(out.getvalue() + secret), most_side=64, now=timezone.now())
    assert b"GPS" not in bytes(kept.content)
    assert b"script" not in bytes(kept.content)


def test_file_that_lies_about_its_name_is_judged_by_its_content(owner: Client, shop: Shop) -> None:
    answer = owner.post("/panel/booking-page/logo/", upload(drawn("JPEG"), "photo.exe"))
    assert answer.status_code == 302
    with pytest.raises(BadPicture), tenant_scope(shop.tenant):
        store_picture(BytesIO(b"MZ\x90\0"), most_side=64, now=timezone.now())


# Own words


@pytest.mark.req(28)
def test_own_words_are_edited_in_each_language(
    owner: Client, customer: Client, shop: Shop, switched: Switch
) -> None:
    page = words(owner.get("/panel/booking-page/words/?language=pt"))
    assert "O que podemos fazer por si?" in page
    url = "/panel/booking-page/words/?language=pt"
    answer = send(
        owner,
        url,
        {"service.title": "Que vai ser?", "service.choose": DEFAULTS["pt"]["service.choose"]},
    )
    assert answer.status_code == 302
    assert [(row.language, row.key, row.text) for row in shop.all(PanelText)] == [
        ("pt", "service.title", "Que vai ser?")
    ]
    assert "Que vai ser?" in words(customer.get("/book/?lang=pt"))
    send(owner, url, {"service.title": ""})
    assert shop.all(PanelText) == []
    assert "O que podemos fazer por si?" in words(customer.get("/book/"))
    assert "Own words" in words(owner.get("/panel/booking-page/"))
    switched("booking_page.dynamic_translations", on=False)
    assert "Own words" not in words(owner.get("/panel/booking-page/"))
    assert owner.get(url).status_code == owner.post(url, {}).status_code == 404
    with pytest.raises(CapabilityMissing):
        page_settings.save_words(shop.tenant, "pt", {"service.title": "x"})


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("service.title", "x" * 301, "Use at most 300 characters."),
        ("details.book", "Book {tiem}", "Nothing is filled in for “{tiem}” here."),
    ],
)
def test_words_that_cannot_be_said_are_refused_and_nothing_is_lost(
    key: str, text: str, says: str, owner: Client, shop: Shop
) -> None:
    answer = send(owner, "/panel/booking-page/words/", {key: text, "details.name": "Your name"})
    assert answer.status_code == 422
    assert says in words(answer)
    assert "Your name" in words(answer)
    assert shop.all(PanelText) == []


def test_keys_that_nobody_registered_are_refused(shop: Shop) -> None:
    for key in ("no.such", "home.powered"):
        with pytest.raises(WrongChoice):
            page_settings.save_words(shop.tenant, "en", {key: "Powered by me"})


# Colour


@pytest.mark.parametrize(
    "color", ["#ffffff", "#000000", "#ffff00", "#ff0000", "#1f6f5c", "#0000ff", "#808080"]
)
def test_any_colour_can_be_read_light_and_dark(color: str) -> None:
    for ground in ("#fffefb", "#111823"):
        assert contrast(readable_on(color, ground), ground) >= ENOUGH
    assert "light-dark(" in stylesheet(color)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_look_costs_no_query_of_its_own(customer: Client, shop: Shop) -> None:
    assert queries_for(customer, "/book/look-ff0000.css") == 1  # whose host it is
    assert customer.get("/book/look-red.css").status_code == 404


# On the phone


@pytest.mark.req(27)
def test_panel_is_an_app_on_the_phone_while_the_plan_has_it(
    owner: Client, customer: Client, shop: Shop, switched: Switch
) -> None:
    manifest = customer.get("/panel/app.webmanifest").json()
    assert (manifest["start_url"], manifest["display"]) == ("/panel/", "standalone")
    sizes = set()
    for icon in manifest["icons"]:
        answer = customer.get(icon["src"])
        assert answer["Content-Type"] == "image/png"
        sizes.add(Image.open(BytesIO(answer.content)).size)
    assert sizes >= {(192, 192), (512, 512)}
    page = words(owner.get("/panel/"))
    assert 'rel="manifest" href="/panel/app.webmanifest"' in page
    assert 'href="/panel/phone/"' in page
    assert "<svg" in words(owner.get("/panel/phone/"))
    switched("mobile_app", on=False)
    page = words(owner.get("/panel/"))
    assert "manifest" not in page
    assert "/panel/phone/" not in page
    for path in ("/panel/app.webmanifest", "/panel/app-icon-192.png", "/panel/phone/"):
        assert owner.get(path).status_code == 404


def test_icons_of_other_sizes_are_not_drawn(customer: Client, shop: Shop) -> None:
    assert customer.get("/panel/app-icon-99999.png").status_code == 404


def test_settings_pages_cost_few_queries(owner: Client, shop: Shop) -> None:
    assert queries_for(owner, "/panel/booking-page/") <= 7
    assert queries_for(owner, "/panel/booking-page/words/") <= 6
    assert queries_for(owner, "/panel/phone/") <= 5


# Pictures of services


def test_service_is_shown_with_its_picture(owner: Client, customer: Client, shop: Shop) -> None:
    url = f"/panel/services/{shop.cut.pk}/picture/"
    assert 'enctype="multipart/form-data"' in words(owner.get(url))
    assert owner.post(url, {"picture": upload(drawn())["logo"]}).status_code == 302
    (picture,) = shop.all(Picture)
    address = f'src="/book/picture/{picture.digest}/"'
    assert address in words(customer.get("/"))
    assert address in words(customer.get("/book/"))
    assert (picture.width, picture.height) == (192, 64)
    assert len(picture.content) < 10_000
    assert owner.post(url, {"remove": "1"}).status_code == 302
    assert shop.all(Picture) == []
    assert "/book/picture/" not in words(customer.get("/book/"))


def test_picture_that_is_none_is_refused_in_the_dialog(owner: Client, shop: Shop) -> None:
    url = f"/panel/services/{shop.cut.pk}/picture/"
    for sent, says in (({}, "Choose a picture."), ({"picture": upload(bomb())["logo"]}, "picture")):
        answer = owner.post(url, sent, headers={"hx-request": "true"})
        assert answer.status_code == 422
        assert says in words(answer)


def test_picture_goes_with_its_service_unless_something_else_shows_it(
    owner: Client, shop: Shop
) -> None:
    wash = shop.add(Service, name="Wash", minutes=15)
    for service in (shop.cut, wash):
        owner.post(f"/panel/services/{service.pk}/picture/", {"picture": upload(drawn())["logo"]})
    assert len(shop.all(Picture)) == 1
    owner.post(f"/panel/services/{wash.pk}/delete/")
    assert len(shop.all(Picture)) == 1
    owner.post(f"/panel/services/{shop.cut.pk}/delete/")
    assert shop.all(Picture) == []


def test_picture_of_a_foreign_service_is_not_there(
    shop: Shop, borealis: Tenant, carla: User, client_for: Callable[..., Client]
) -> None:
    elsewhere = client_for(carla, borealis)
    url = f"/panel/services/{shop.cut.pk}/picture/"
    assert elsewhere.get(url).status_code == elsewhere.post(url, {"remove": "1"}).status_code == 404
