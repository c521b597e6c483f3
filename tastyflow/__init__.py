"""
tastyflow: a chat line becomes an options order, rehearsed, tested, promoted and proven.

The core: a pure domain (`tastyflow.domain`), the ports it looks out of (`tastyflow.ports`) and the application that
drives them (`tastyflow.application`). The language is `tastyflow_grammar`, the neighbours are `tastyflow_adapters`.
"""
