"""Laws of cleaning, judging and redaction, held against hostile text: by hypothesis in the tests, longer by atheris."""
