"""
An export as a file: for people who have nothing else of tastyflow. Importing this package imports nothing.

    package    all files, and the one zip that holds them
    report/    HTML for people
    readme     for a stranger
    verify     what the stranger runs: it goes into the export as it is, and imports nothing of tastyflow

What is in it is picked by ``tastyflow.application.audit.exporting``.
"""
