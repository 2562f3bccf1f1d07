"""World: regions, organisations, forces and crossings, from data files to the arrays the model runs on."""
