"""Physics: state, ledger, parameters, controls and one file per mechanism. Pure functions of arrays."""
