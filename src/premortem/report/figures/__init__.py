"""Figures of plans and studies: one visual language for the report, notebooks and the web application.

``style`` holds colours, shapes and type, and turns charts into SVG and PNG without a network; ``spread`` shows outcomes over futures,
``maps`` places, ``plans`` plans, ``accounts`` where everything went. Every function returns an Altair chart whose data travel by name;
``style.spec`` makes it a whole Vega-Lite document, ``style.svg`` and ``style.png`` a picture.
"""
