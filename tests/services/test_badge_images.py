from app.domain.badge_images import draw_svg
from app.services.badge_images import render_png


def png_size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_a_badge_becomes_a_square_png() -> None:
    assert png_size(render_png(draw_svg("Passport", "Issuer", ["One", "Two"], "1.0.0"))) == (600, 600)


def test_the_same_badge_gives_the_same_bytes() -> None:
    svg = draw_svg("Community Leadership Passport", "Issuer", ["One", "Two"], "1.0.0")
    assert render_png(svg) == render_png(svg)


def test_letters_are_drawn_without_any_font_of_the_machine() -> None:
    blank = render_png(draw_svg("", "Issuer", ["One"], "1.0.0"))
    assert render_png(draw_svg("Passport", "Issuer", ["One"], "1.0.0")) != blank
    assert render_png(draw_svg("Паспорт", "Issuer", ["One"], "1.0.0")) != blank


def test_other_scripts_are_drawn_with_what_the_machine_has() -> None:
    assert png_size(render_png(draw_svg("护照", "发行者", ["领导力"], "1.0.0"))) == (600, 600)
