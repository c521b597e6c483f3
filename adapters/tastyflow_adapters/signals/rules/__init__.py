"""
Rule files: TOML in, a rule or one message for each wrong key out.

    load_rules      every ``*.toml`` of a folder ─▶ LoadedRules: the rules, and what is wrong with the others
    read_rule       the text of one file ─▶ a rule, or complaints
    order_line      figures into the line of a rule, and what the language reads there
    rule_in_words   what its author wrote, as the program read it
"""

from tastyflow_adapters.signals.rules.complaints import RuleComplaint
from tastyflow_adapters.signals.rules.filling import order_line
from tastyflow_adapters.signals.rules.folder import LoadedRules, load_rules
from tastyflow_adapters.signals.rules.reading import read_rule
from tastyflow_adapters.signals.rules.words import rule_in_words

__all__ = ["LoadedRules", "RuleComplaint", "load_rules", "order_line", "read_rule", "rule_in_words"]
