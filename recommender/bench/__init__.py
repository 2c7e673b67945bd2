"""How fast and how exact: measured on libraries made up for the purpose, in the units that people pay in."""
