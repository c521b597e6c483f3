"""
What Discord accepts in one message, and in one form.
"""

from typing import Final

from attrs import frozen


@frozen
class Limits:
    """What Discord accepts; lengths in characters."""

    content: int = 2000
    title: int = 256
    description: int = 4096
    fields: int = 25
    field_name: int = 256
    field_value: int = 1024
    footer: int = 2048
    author: int = 256
    card: int = 6000  # all texts of a card together
    component_id: int = 100
    label: int = 80
    buttons: int = 5  # in a row
    rows: int = 5
    choices: int = 25
    choice: int = 100  # its label, value and description
    placeholder: int = 150
    files: int = 10
    file_words: int = 1024  # what a picture shows, for people who do not see it
    form_title: int = 45
    form_fields: int = 5
    form_label: int = 45
    form_placeholder: int = 100
    form_value: int = 4000


LIMITS: Final = Limits()
