from premortem.errors import InputError, Problem, Where, nearest


def test_a_problem_names_file_line_column_key_and_what_is_allowed() -> None:
    where = Where("plan.toml", 12, 3, "zone.depth_miles")
    problem = Problem("out_of_range", "value is outside its bounds", where, "-5", "0 to 100")
    text = str(InputError(problem))
    assert text.startswith("plan.toml:12:3 zone.depth_miles: ")
    assert "-5" in text
    assert "0 to 100" in text


def test_nearest_offers_nothing_for_a_word_that_resembles_nothing() -> None:
    assert nearest("zzzz", ["fort_bliss", "luke_afb"]) == ""
    assert nearest("fort_blis", ["fort_bliss", "luke_afb"]) == "fort_bliss"
