from workflows.mail_text import as_text


def test_plain_text_reads_like_the_rich_one() -> None:
    html = (
        '<p>Dear Clara,</p><p>see <a href="https://salon.example/">our page</a><br>and'
        ' <a href="https://salon.example/">https://salon.example/</a></p>'
        "<ul><li>A &amp; B</li><li><p>C</p></li></ul><p>Bye</p>"
    )
    assert as_text(html) == (
        "Dear Clara,\n\nsee our page (https://salon.example/)\nand https://salon.example/\n\n"
        "- A & B\n- C\n\nBye"
    )
