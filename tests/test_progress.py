from unrolled.progress import remark, track

BLOCKS = [(3, "a"), (2, "b"), (1, "c")]


def test_every_block_is_passed_on_with_and_without_a_bar(capsys):
    for show in (True, False, None):
        assert list(track(iter(BLOCKS), 6, "measuring", show)) == ["a", "b", "c"]
    assert capsys.readouterr().out == ""


def test_off_a_terminal_it_is_quiet(capsys):
    list(track(iter(BLOCKS), 6, "measuring"))
    assert capsys.readouterr().err == ""


def test_nothing_is_done_before_it_is_asked_for():
    taken = []

    def blocks():
        for block in BLOCKS:
            taken.append(block)
            yield block

    tracked = track(blocks(), 6, "measuring", False)
    assert next(tracked) == "a"
    assert taken == BLOCKS[:1]


def test_a_remark_is_a_warning_that_programs_may_send_elsewhere(caplog):
    remark("2 files were passed over: 100% notes")
    assert [(one.name, one.levelname, one.message) for one in caplog.records] == [
        ("unrolled", "WARNING", "2 files were passed over: 100% notes")
    ]
