"""How each event is told, by what the events are about; `telling/sentences.py` is the table of them all."""
